import { randomUUID } from 'node:crypto';
import type { Clock } from '@gateway/clock';
import { GatewayError } from '@gateway/errors';
import { LRUCache } from 'lru-cache';

/** A simulation as it is kept: how far it is follows from the time. */
export interface StoredSimulation {
  readonly id: string;
  readonly projectId: string;
  readonly kind: string;
  readonly steps: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** The oldest ones go first when there are more. */
const MAX_SIMULATIONS = 100_000;

/** The simulations. */
export class Simulations {
  readonly #simulations = new LRUCache<string, StoredSimulation>({ max: MAX_SIMULATIONS });

  /** @param stepMs how long one step takes, in ms */
  constructor(
    private readonly clock: Clock,
    private readonly stepMs: number,
  ) {}

  create(projectId: string, kind: string, steps: number): StoredSimulation {
    const simulation = { id: `s-${randomUUID()}`, projectId, kind, steps, createdAt: this.clock.now() };
    this.#simulations.set(simulation.id, simulation);
    return simulation;
  }

  /** @throws GatewayError GW_NOT_FOUND */
  get(id: string): StoredSimulation {
    const simulation = this.#simulations.get(id);
    if (simulation !== undefined) return simulation;
    throw new GatewayError('GW_NOT_FOUND', { detail: `There is no simulation ${JSON.stringify(id)}` });
  }

  completedSteps({ steps, createdAt }: StoredSimulation): number {
    return Math.min(steps, Math.floor((this.clock.now() - createdAt) / this.stepMs));
  }

  /** The completed steps now and after each change, up to the last. A slow reader misses some on the way. */
  async *progress(simulation: StoredSimulation): AsyncGenerator<number, void> {
    for (;;) {
      const completed = this.completedSteps(simulation);
      yield completed;
      if (completed === simulation.steps) return;
      // Not before it has changed: a clock may be a little early.
      while (this.completedSteps(simulation) === completed)
        await this.clock.sleep(Math.max(1, simulation.createdAt + (completed + 1) * this.stepMs - this.clock.now()));
    }
  }
}
