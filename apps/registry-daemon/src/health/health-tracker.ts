import { registryV1 } from '@gateway/contracts';
import type { CheckPlan } from './check-plan';

const { HealthState: State } = registryV1;

/** What checks say of an instance. */
export interface CheckedHealth {
  readonly state: registryV1.HealthState;
  /** The reason of the latest failure; empty before the first. */
  readonly why: string;
}

/**
 * Counts an instance's checks. Only a run of equal results changes its state, so that one lost check, or one that got
 * through, says nothing.
 */
export class HealthTracker {
  #health: CheckedHealth;
  #passes = 0;
  #failures = 0;

  /** @param known what was found before, by this daemon or by another one */
  constructor(
    private readonly plan: Pick<CheckPlan, 'unhealthyThreshold' | 'healthyThreshold'>,
    known: CheckedHealth = { state: State.UNSPECIFIED, why: '' },
  ) {
    this.#health = known;
  }

  get health(): CheckedHealth {
    return this.#health;
  }

  /**
   * Counts a check.
   * @param failure why it failed; null: it passed
   */
  record(failure: string | null): void {
    if (failure === null) this.#passed();
    else this.#failed(failure);
  }

  #passed(): void {
    this.#failures = 0;
    this.#passes += 1;
    if (this.#passes >= this.plan.healthyThreshold) this.#health = { ...this.#health, state: State.PASSING };
  }

  #failed(why: string): void {
    this.#passes = 0;
    this.#failures += 1;
    const { state } = this.#health;
    this.#health = { state: this.#failures >= this.plan.unhealthyThreshold ? State.FAILING : state, why };
  }
}
