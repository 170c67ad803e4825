import type { Clock } from '@gateway/clock';

/** `degraded`: it works, but something needs a look. `down`: it doesn't work. */
export type HealthState = 'ok' | 'degraded' | 'down';

/** One named check, as `/readyz?verbose` shows it. */
export interface HealthCheck {
  readonly name: string;
  /** Whether the service is unready while it is down. */
  readonly required: boolean;
  readonly state: HealthState;
  /** Why it isn't ok, or a detail of why it is. */
  readonly why: string;
  /** When it came into this state: ISO 8601. */
  readonly since: string;
}

/** Where a check's owner reports its state. */
export interface HealthReporter {
  ok(detail?: string): void;
  degraded(why: string): void;
  down(why: string): void;
}

/** The named checks of a service. Their owners report changes; nothing is called when a probe asks. */
export class HealthRegistry {
  readonly #checks = new Map<string, HealthCheck>();
  readonly #listeners = new Set<() => void>();

  constructor(private readonly clock: Clock) {}

  /**
   * Adds a check, which is down until its owner reports. Only `required` ones make the service unready: what it can do
   * without (Redis or the registry, after start) isn't.
   * @throws Error when the name is taken
   */
  add(name: string, { required }: { required: boolean }): HealthReporter {
    if (this.#checks.has(name)) throw new Error(`there is a health check ${name} already`);
    const report = (state: HealthState, why: string): void => this.#report(name, required, state, why);
    report('down', 'not known yet');
    return {
      ok: (detail = '') => report('ok', detail),
      degraded: (why) => report('degraded', why),
      down: (why) => report('down', why),
    };
  }

  /** Every check, in the order of addition. */
  checks(): readonly HealthCheck[] {
    return [...this.#checks.values()];
  }

  /** Whether nothing that is required is down. */
  get ready(): boolean {
    return this.checks().every((check) => !check.required || check.state !== 'down');
  }

  /** Calls back after a check changes its state. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  #report(name: string, required: boolean, state: HealthState, why: string): void {
    const before = this.#checks.get(name);
    const changed = before?.state !== state;
    const since = changed ? new Date(this.clock.now()).toISOString() : before.since;
    this.#checks.set(name, { name, required, state, why, since });
    if (changed) for (const listener of this.#listeners) listener();
  }
}
