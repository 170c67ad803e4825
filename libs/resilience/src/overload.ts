/** What traffic is worth: the first is shed first. */
export type ShedPriority = 'sheddable' | 'normal' | 'critical';

/** How much is used of what can run out. */
export interface LoadSample {
  /** How late the event loop is with its timers on average, in milliseconds. */
  readonly eventLoopDelayMs: number;
  /** Share of the memory limit, 0..1 and above. */
  readonly memory: number;
  /** Requests under way. */
  readonly inFlight: number;
}

/** What the process may use. */
export interface OverloadLimits {
  readonly maxEventLoopDelayMs: number;
  readonly maxInFlight: number;
}

/** Below that share of a limit everything is well; the level is 0. At the limit it is 1. */
const WELL = 0.8;
/** The level at which each priority is refused: at 85 %, 95 % and 100 % of a limit. */
const SHED_AT: Readonly<Record<ShedPriority, number>> = { sheddable: 0.25, normal: 0.75, critical: 1 };
/** How far the level has to fall below that until it is let in again, so that shedding doesn't flutter. */
const HYSTERESIS = 0.25;
const PRIORITIES = Object.keys(SHED_AT) as readonly ShedPriority[];

/**
 * Decides what is refused while there is too much to do. The worst of event loop, memory and requests in flight counts. It
 * is told what was measured, a few times a second; asking costs one look.
 */
export class Overload {
  /** 0: all is well, 1: a limit is reached. */
  level = 0;
  private lastDelayMs = 0;
  private readonly shedding: Record<ShedPriority, boolean> = { sheddable: false, normal: false, critical: false };

  constructor(private readonly limits: OverloadLimits) {}

  /** Takes a measurement. */
  take({ eventLoopDelayMs, memory, inFlight }: LoadSample): void {
    const { maxEventLoopDelayMs, maxInFlight } = this.limits;
    // Of two measurements the lower counts: one pause, of the collector, of a reload or of the machine, isn't an overload.
    const delayMs = Math.min(this.lastDelayMs, eventLoopDelayMs);
    this.lastDelayMs = eventLoopDelayMs;
    const pressure = Math.max(delayMs / maxEventLoopDelayMs, memory, inFlight / maxInFlight);
    this.level = Math.min(1, Math.max(0, (pressure - WELL) / (1 - WELL)));
    for (const priority of PRIORITIES) {
      if (this.level >= SHED_AT[priority]) this.shedding[priority] = true;
      else if (this.level <= SHED_AT[priority] - HYSTERESIS) this.shedding[priority] = false;
    }
  }

  /** Whether a request of that priority is refused now. */
  sheds(priority: ShedPriority): boolean {
    return this.shedding[priority];
  }
}
