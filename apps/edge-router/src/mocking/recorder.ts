import { createRegistry } from '@bufbuild/protobuf';
import type { Clock } from '@gateway/clock';
import { asGatewayError } from '@gateway/errors';
import { recordedAnswer, type RecordedCall, recordedRequest, recordedScenario } from '@gateway/mocking';
import type { RequestContext } from '../pipeline/context';
import { type GrpcTarget, isForwarded, type Route } from '../pipeline/route';
import type { RouteRecorder } from '../pipeline/stages/record';

/** For how long, and how much, is recorded at most. */
export interface RecordingBounds {
  /** Milliseconds, 1 s to 1 h. */
  readonly forMs: number;
  /** Calls, 1 to 1,000. */
  readonly calls: number;
}

interface Recording {
  /** Monotonic milliseconds. */
  readonly until: number;
  readonly limit: number;
  readonly calls: RecordedCall[];
}

/** A route whose calls can be recorded. */
type RecordableRoute = Route & { readonly target: GrpcTarget };

/** Whether a route's calls can be recorded: those of unary methods. */
export const isRecordable = (route: Route): route is RecordableRoute =>
  route.target.kind === 'grpc' && isForwarded(route.target) && route.target.streaming === undefined;

/** Remembers what services answered, while that is switched on, so that it can be played again. */
export class Recorder {
  /** By scope: the bindings of one method are recorded together. */
  private readonly recordings = new Map<string, Recording>();

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /** Begins anew; what was recorded of the route before is gone. */
  start({ scope }: Pick<Route, 'scope'>, { forMs, calls }: RecordingBounds): void {
    this.recordings.set(scope, { until: this.clock.monotonic() + forMs, limit: calls, calls: [] });
  }

  /** How many calls were recorded of a route, and whether more will be; null: none was asked for. */
  status({ scope }: Pick<Route, 'scope'>): { readonly calls: number; readonly recording: boolean } | null {
    const recording = this.recordings.get(scope);
    return recording === undefined ? null : { calls: recording.calls.length, recording: this.isOpen(recording) };
  }

  /** What was recorded, as a scenario file; null: nothing was asked for. */
  scenario({ scope }: Pick<Route, 'scope'>): string | null {
    const recording = this.recordings.get(scope);
    return recording === undefined ? null : recordedScenario(nameOf(scope), recording.calls);
  }

  /** What tells of a route's calls. */
  recorderFor(route: RecordableRoute): RouteRecorder {
    const { target, scope } = route;
    const { input, output } = target.method;
    const method = target.path.slice(1);
    const registry = createRegistry(target.method.parent.file);
    const add = (call: (recording: Recording) => RecordedCall): void => {
      const recording = this.recordings.get(scope);
      if (recording !== undefined && this.isOpen(recording)) recording.calls.push(call(recording));
    };
    const requestOf = ({ message }: RequestContext) => recordedRequest(input, message!, registry);
    return {
      isRecording: () => {
        const recording = this.recordings.get(scope);
        return recording !== undefined && this.isOpen(recording);
      },
      answered: (context) => {
        const { responseMessage } = context;
        // From the cache: the service didn't say it now.
        if (responseMessage === null) return;
        add(() => ({ method, request: requestOf(context), answer: recordedAnswer(output, responseMessage, registry) }));
      },
      failed: (context, error) => {
        const failure = asGatewayError(error).definition.status;
        add(() => ({ method, request: requestOf(context), answer: null, failure }));
      },
    };
  }

  private isOpen({ until, limit, calls }: Recording): boolean {
    return calls.length < limit && this.clock.monotonic() < until;
  }
}

const nameOf = (scope: string): string => `recorded-${scope}`.replace(/[^A-Za-z0-9_.-]/g, '-').slice(0, 64);
