import type { Clock } from '@gateway/clock';
import type { JSONWebKeySet } from 'jose';
import { parseKeySet, type KeyHint, type KeyLookup, type KeySet, type KeySource } from './key-source';

/** How fetched keys age, in ms. */
export interface KeyAges {
  /** Older keys are fetched again in the background, while the known ones serve. */
  readonly freshMs: number;
  /** Older keys decide nothing: a withdrawn key must not verify for ever because its source is down. */
  readonly staleMs: number;
  /** Least time between fetches, so that made-up key ids can't flood the source. */
  readonly cooldownMs: number;
}

/** The defaults of `KeyAges`. */
export const KEY_AGES: KeyAges = { freshMs: 5 * 60_000, staleMs: 60 * 60_000, cooldownMs: 2_000 };

interface Fetched {
  readonly find: KeySet;
  readonly at: number;
}

/** An issuer's keys from where it publishes them: cached, fetched again when old or when a token names an unknown one. */
export class FetchedKeys implements KeySource {
  private readonly ages: KeyAges;
  private known: Fetched | null = null;
  private flight: Promise<void> | null = null;
  private lastAttempt = -Infinity;
  /** Why the last fetch failed; null when it succeeded. */
  private failure: string | null = null;

  /** @param fetchJwks gets the key set; may reject, and should have a timeout of its own */
  constructor(
    private readonly fetchJwks: () => Promise<JSONWebKeySet>,
    private readonly clock: Clock,
    ages: Partial<KeyAges> = {},
  ) {
    this.ages = { ...KEY_AGES, ...ages };
  }

  async find(hint: KeyHint): Promise<KeyLookup> {
    const usable = this.usable();
    if (usable !== null && this.ageOf(usable) > this.ages.freshMs) void this.refresh();
    const key = await usable?.find(hint);
    if (key != null) return { found: 'key', key };
    await this.refresh();
    return this.findAfresh(hint);
  }

  private async findAfresh(hint: KeyHint): Promise<KeyLookup> {
    const key = await this.usable()?.find(hint);
    if (key != null) return { found: 'key', key };
    // Only a source that answered can say that a key doesn't exist.
    return this.failure === null ? { found: 'none' } : { found: 'unavailable', why: this.failure };
  }

  private usable(): Fetched | null {
    return this.known !== null && this.ageOf(this.known) <= this.ages.staleMs ? this.known : null;
  }

  private ageOf(fetched: Fetched): number {
    return this.clock.monotonic() - fetched.at;
  }

  /** Joins the fetch under way, or starts one unless the last was a moment ago. Never rejects. */
  private refresh(): Promise<void> {
    if (this.flight !== null) return this.flight;
    if (this.clock.monotonic() - this.lastAttempt < this.ages.cooldownMs) return Promise.resolve();
    this.lastAttempt = this.clock.monotonic();
    this.flight = this.fetchOnce().finally(() => (this.flight = null));
    return this.flight;
  }

  private async fetchOnce(): Promise<void> {
    try {
      this.known = { find: parseKeySet(await this.fetchJwks()), at: this.clock.monotonic() };
      this.failure = null;
    } catch (error) {
      this.failure = `the keys could not be fetched: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}
