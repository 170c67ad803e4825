import type { EdgeResponse } from '@gateway/pipeline';
import type { RequestContext } from '../context';
import type { Route } from '../route';
import type { Settings } from '../settings';
import type { RouteHandler, RouteStage } from '../stage';

/** Is told what a route's service answered. Must not throw. */
export interface RouteRecorder {
  /** Whether anybody wants to know at this moment. */
  isRecording(): boolean;
  answered(context: RequestContext): void;
  failed(context: RequestContext, error: unknown): void;
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
  try {
    const response = await next(context);
    recorder.answered(context);
    return response;
  } catch (error) {
    recorder.failed(context, error);
    throw error;
  }
}

/** Whether calls are recorded now. */
export const describeRecord = (route: Route, _context: RequestContext, { recorderFor }: RecordPorts): Settings => ({
  recordsNow: recorderFor(route)!.isRecording(),
});
