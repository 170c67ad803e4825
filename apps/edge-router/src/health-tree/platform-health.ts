import type { Clock } from '@gateway/clock';
import type { PlatformNode } from './tree';

/** How long a tree is shown, in milliseconds. */
export const KEPT_MS = 30_000;
/** Whoever wants a fresh one gets it at most that often, in milliseconds. */
export const FRESH_MS = 1_000;

/** The state of the platform, computed when somebody asks: one computation at a time, whose result everybody shares. */
export class PlatformHealth {
  #known: { readonly tree: PlatformNode; readonly at: number } | null = null;
  #computing: Promise<PlatformNode> | null = null;

  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    private readonly compute: () => Promise<PlatformNode>,
  ) {}

  /** A tree that is at most `KEPT_MS` old. */
  current(): Promise<PlatformNode> {
    return this.#notOlderThan(KEPT_MS);
  }

  /** A tree that is at most `FRESH_MS` old. */
  fresh(): Promise<PlatformNode> {
    return this.#notOlderThan(FRESH_MS);
  }

  #notOlderThan(ms: number): Promise<PlatformNode> {
    if (this.#known !== null && this.clock.monotonic() - this.#known.at < ms) return Promise.resolve(this.#known.tree);
    this.#computing ??= this.#run().finally(() => (this.#computing = null));
    return this.#computing;
  }

  async #run(): Promise<PlatformNode> {
    const tree = await this.compute();
    this.#known = { tree, at: this.clock.monotonic() };
    return tree;
  }
}
