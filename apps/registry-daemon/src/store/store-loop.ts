import type { Clock, Timer } from '@gateway/clock';

/** How a loop behaves. */
export interface StoreLoopOptions {
  readonly clock: Clock;
  readonly retryMs: number;
  /** Does all that waits; rejects when the store refuses. */
  readonly run: () => Promise<void>;
  /** Told of a pass that failed; another one follows. */
  readonly failed: (error: unknown) => void;
}

/** Brings the store up to date, one pass at a time, and again after a failure. */
export class StoreLoop {
  #pass: Promise<void> | null = null;
  #retry: Timer | null = null;
  #wanted = false;

  constructor(private readonly options: StoreLoopOptions) {}

  /** Starts a pass, or waits for the one under way, which sees what was added meanwhile. Never rejects. */
  flush(): Promise<void> {
    this.#wanted = true;
    this.#pass ??= this.#run();
    return this.#pass;
  }

  /** One last pass; none follows, even if it fails. */
  async stop(): Promise<void> {
    await this.flush();
    this.#retry?.cancel();
  }

  async #run(): Promise<void> {
    const { clock, retryMs, run, failed } = this.options;
    // What comes in one turn of the event loop goes in one pass.
    await Promise.resolve();
    this.#retry?.cancel();
    try {
      while (this.#wanted) {
        this.#wanted = false;
        await run();
      }
    } catch (error) {
      failed(error);
      this.#retry = clock.after(retryMs, () => void this.flush());
    } finally {
      // In the turn of the last look: who comes later begins a new pass.
      this.#pass = null;
    }
  }
}

/** Where the sync with the store tells what happens. A pino logger fits. */
export interface SyncLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}
