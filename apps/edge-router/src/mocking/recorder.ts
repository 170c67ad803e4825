import type { Clock } from '@gateway/clock';
import { type GrpcTarget, isForwarded, type Route } from '../pipeline/route';
import type { RouteRecorder } from '../pipeline/stages/record';
import { TapedMethod, UnaryTape } from './call-tape';
import { Recording, type RecordingBounds } from './recording';
import { StreamTape } from './stream-tape';

/** A route whose calls can be recorded. */
type RecordableRoute = Route & { readonly target: GrpcTarget };

/** Whether a route's calls can be recorded: those of services. */
export const isRecordable = (route: Route): route is RecordableRoute =>
  route.target.kind === 'grpc' && isForwarded(route.target);

/** Remembers what services answered, while that is switched on, so that it can be played again. */
export class Recorder {
  /** By scope: the bindings of one method are recorded together. */
  private readonly recordings = new Map<string, Recording>();

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /** Begins anew; what was recorded of the route before is gone. */
  start({ scope }: Pick<Route, 'scope'>, bounds: RecordingBounds): void {
    this.recordings.set(scope, new Recording(bounds, this.clock));
  }

  /** How many calls were recorded of a route, and whether more will be; null: none was asked for. */
  status({ scope }: Pick<Route, 'scope'>): { readonly calls: number; readonly recording: boolean } | null {
    const recording = this.recordings.get(scope);
    return recording === undefined ? null : { calls: recording.count, recording: recording.isOpen };
  }

  /** What was recorded, as a scenario file; null: nothing was asked for. */
  scenario({ scope }: Pick<Route, 'scope'>): string | null {
    return this.recordings.get(scope)?.scenario(nameOf(scope)) ?? null;
  }

  /** What tells of a route's calls. */
  recorderFor({ target, scope }: RecordableRoute): RouteRecorder {
    const { streaming } = target;
    const method = new TapedMethod(target);
    return {
      isRecording: () => this.recordings.get(scope)?.isOpen === true,
      begin: (context) => {
        const recording = this.recordings.get(scope)!;
        if (streaming === undefined) return new UnaryTape(recording, method);
        const tape = new StreamTape({ recording, method, streaming });
        context.listenTo = (attempt, stream) => tape.listen(attempt, stream);
        return tape;
      },
    };
  }
}

const nameOf = (scope: string): string => `recorded-${scope}`.replace(/[^A-Za-z0-9_.-]/g, '-').slice(0, 64);
