import type { Clock, Timer } from '@gateway/clock';
import { type LoadSample, Overload, type OverloadLimits, type ShedPriority } from '@gateway/resilience';

/** How often the load is measured, in milliseconds. */
const CHECK_MS = 250;

/** What measures the load. */
export interface LoadSource {
  sample(): LoadSample;
  close(): void;
}

const PRIORITIES: readonly ShedPriority[] = ['sheddable', 'normal', 'critical'];

/** What is known of the load. */
export interface OverloadReport {
  readonly level: number;
  /** What is refused. */
  readonly shedding: readonly ShedPriority[];
  readonly last: LoadSample | null;
  readonly limits: OverloadLimits;
}

/** Watches how much this process has to do, and says what is refused. */
export class OverloadGuard {
  private readonly overload: Overload;
  private readonly timer: Timer;
  private last: LoadSample | null = null;

  constructor(
    clock: Pick<Clock, 'every'>,
    private readonly source: LoadSource,
    private readonly limits: OverloadLimits,
  ) {
    this.overload = new Overload(limits);
    this.timer = clock.every(CHECK_MS, () => this.overload.take((this.last = source.sample())));
  }

  /** 0: all is well, 1: a limit is reached. */
  get level(): number {
    return this.overload.level;
  }

  sheds(priority: ShedPriority): boolean {
    return this.overload.sheds(priority);
  }

  /** The level, what was measured last (null: nothing yet), and against what. */
  report(): OverloadReport {
    const { level, last, limits } = this;
    return { level, shedding: PRIORITIES.filter((priority) => this.sheds(priority)), last, limits };
  }

  close(): void {
    this.timer.cancel();
    this.source.close();
  }
}
