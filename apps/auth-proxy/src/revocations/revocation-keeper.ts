import type { Clock, Timer } from '@gateway/clock';
import type { Revocation, RevocationSet } from '@gateway/identity';
import type { RevocationStore } from './revocation-store';

/** Wait before a store that failed is tried again, in ms. */
const RETRY_MS = 1_000;

/** Hears whether memory and store are in step. */
export interface KeeperObserver {
  ok(): void;
  degraded(why: string): void;
}

/** Keeps the set in memory and the store in step: each has all that the other knows, as soon as both are up. */
export class RevocationKeeper {
  readonly #stopListening: () => void;
  #retry: Timer | null = null;
  #busy: Promise<void> | null = null;
  #again = false;
  #closed = false;

  constructor(
    private readonly set: RevocationSet,
    private readonly store: RevocationStore,
    private readonly clock: Clock,
    private readonly observer: KeeperObserver,
  ) {
    this.#stopListening = set.onRevoked((revocation) => void this.#keep(revocation));
  }

  /**
   * Reads what the store has and writes all that is in force: at the start, when the store is up again, and when its data
   * was lost. Resolves when that was tried; a failure is tried again later.
   */
  sync(): Promise<void> {
    if (this.#busy !== null) {
      this.#again = true;
      return this.#busy;
    }
    this.#retry?.cancel();
    this.#busy = this.#syncUntilQuiet().finally(() => (this.#busy = null));
    return this.#busy;
  }

  close(): void {
    this.#closed = true;
    this.#stopListening();
    this.#retry?.cancel();
  }

  async #syncUntilQuiet(): Promise<void> {
    do {
      this.#again = false;
      await this.#attempt(async () => {
        for (const { sessionId, until } of await this.store.load()) this.set.revoke(sessionId, until);
        await this.store.save(this.set.inForce());
      });
    } while (this.#again && !this.#closed);
  }

  async #keep(revocation: Revocation): Promise<void> {
    // What arrives during a sync is written by it, or by the one after it.
    if (this.#busy !== null) this.#again = true;
    else await this.#attempt(() => this.store.save([revocation]));
  }

  async #attempt(run: () => Promise<void>): Promise<void> {
    try {
      await run();
      this.observer.ok();
    } catch (error) {
      if (this.#closed) return;
      this.observer.degraded(`revocations are kept in memory only: ${(error as Error).message}`);
      this.#retry?.cancel();
      this.#retry = this.clock.after(RETRY_MS, () => void this.sync());
    }
  }
}
