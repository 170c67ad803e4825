import type { Clock, Timer } from '@gateway/clock';
import type { registryV1 } from '@gateway/contracts';
import { Backoff } from './backoff';
import type { RegistryClient } from './registry-client';

/** What the loop tells. */
export interface WatchLoopHandler {
  message(message: registryV1.WatchResponse): void;
  /** No watch any more; it is being opened again. Told once per loss. */
  lost(why: string): void;
}

/** How the loop behaves. */
export interface WatchLoopOptions {
  readonly client: Pick<RegistryClient, 'watch'>;
  readonly clock: Clock;
  /** Empty: all. */
  readonly services: readonly string[];
  readonly random: () => number;
}

const RETRY_FIRST_MS = 100;
/** Short: what the registry knew while it was away must be here within two seconds of its return. */
const RETRY_MAX_MS = 1_000;
/** The registry sends a heartbeat every 3 s: a stream that is silent for three of them is dead. */
const SILENCE_MS = 10_000;

/** Holds a watch open: opens it again with backoff when it ends, and when it is silent for too long. */
export class WatchLoop {
  readonly #backoff: Backoff;
  #cancel: ((blame?: boolean) => void) | null = null;
  #timer: Timer | null = null;
  #up = true;
  #closed = false;

  constructor(
    private readonly options: WatchLoopOptions,
    private readonly handler: WatchLoopHandler,
  ) {
    this.#backoff = new Backoff(RETRY_FIRST_MS, RETRY_MAX_MS, options.random);
    this.#open();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#cancel?.();
  }

  #open(): void {
    const { client, services } = this.options;
    this.#listen();
    this.#cancel = client.watch(services, {
      message: (message) => {
        this.#up = true;
        this.#backoff.reset();
        this.#listen();
        this.handler.message(message);
      },
      end: (error) => this.#ended(error.message),
    });
  }

  /** Starts the silence over. */
  #listen(): void {
    this.#timer?.cancel();
    this.#timer = this.options.clock.after(SILENCE_MS, () => {
      this.#cancel?.(true);
      this.#ended(`silent for ${SILENCE_MS / 1000} s`);
    });
  }

  #ended(why: string): void {
    if (this.#closed) return;
    this.#timer?.cancel();
    if (this.#up) this.handler.lost(why);
    this.#up = false;
    this.#timer = this.options.clock.after(this.#backoff.next(), () => this.#open());
  }
}
