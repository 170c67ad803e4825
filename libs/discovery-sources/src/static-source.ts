import type { Clock } from '@gateway/clock';
import type { FoundInstance } from './instance';
import type { InstanceSource, SourceStatus } from './source';

/** A fixed list: from a file, or from the environment. */
export class StaticSource implements InstanceSource {
  readonly kind = 'static';
  readonly status: SourceStatus;

  constructor(
    private readonly list: readonly FoundInstance[],
    clock: Pick<Clock, 'now'>,
  ) {
    this.status = { state: 'live', since: clock.now() };
  }

  instances(): readonly FoundInstance[] {
    return this.list;
  }

  onChange(): () => void {
    return () => undefined;
  }

  close(): void {
    // Nothing to end.
  }
}
