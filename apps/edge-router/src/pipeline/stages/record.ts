import type { EdgeResponse } from '@gateway/pipeline';
import type { RequestContext } from '../context';
import type { Route } from '../route';
import type { Settings } from '../settings';
import type { RouteHandler, RouteStage } from '../stage';

/** Is told of one call. Must not throw. */
export interface CallRecorder {
  answered(context: RequestContext): void;
  failed(context: RequestContext, error: unknown): void;
}

/** Is told what a route's service answers. Must not throw. */
export interface RouteRecorder {
  /** Whether anybody wants to know at this moment. */
  isRecording(): boolean;
  /** A call begins, while somebody does. Of a stream it is the context that says what is to be heard. */
  begin(context: RequestContext): CallRecorder;
}

/** Where calls are recorded. */
export interface RecordPorts {
  /** Null: the route's calls can't be recorded, or mustn't. */
  readonly recorderFor: (route: Route) => RouteRecorder | null;
}

/** Tells the recorder what a service answers, while that is switched on. */
export function record(route: Route, { recorderFor }: RecordPorts): RouteStage | null {
  const recorder = recorderFor(route);
  if (recorder === null) return null;
  return (next) => (context) => (recorder.isRecording() ? recorded(recorder, context, next) : next(context));
}

async function recorded(recorder: RouteRecorder, context: RequestContext, next: RouteHandler): Promise<EdgeResponse> {
  const call = recorder.begin(context);
  try {
    const response = await next(context);
    call.answered(context);
    return response;
  } catch (error) {
    call.failed(context, error);
    throw error;
  }
}

/** Whether calls are recorded now. */
export const describeRecord = (route: Route, _context: RequestContext, { recorderFor }: RecordPorts): Settings => ({
  recordsNow: recorderFor(route)!.isRecording(),
});
