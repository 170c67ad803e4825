import { GatewayError } from '@gateway/errors';
import type { registryV1 } from '@gateway/contracts';

type Message = registryV1.WatchResponse;

/** Messages that wait for a watcher before it is cut: it reads a fresh snapshot faster than this backlog. */
export const MAX_BACKLOG = 1_024;

/**
 * One watcher's end of the change stream: an iterator that hands out messages in order. A watcher that reads too slowly
 * is cut, so that its backlog can't grow; it then watches anew and begins with a snapshot.
 */
export class Watcher implements AsyncIterableIterator<Message> {
  #backlog: Message[] = [];
  #waiting: { resolve: (result: IteratorResult<Message>) => void; reject: (error: unknown) => void } | null = null;
  #end: { readonly error: GatewayError | null } | null = null;

  /**
   * @param services what it watches; empty: all
   * @param closed told once, when the watcher takes nothing more
   */
  constructor(
    private readonly services: ReadonlySet<string>,
    private readonly closed: (watcher: Watcher) => void,
  ) {}

  /** Whether it asked for this service. */
  watches(service: string): boolean {
    return this.services.size === 0 || this.services.has(service);
  }

  /** Whether nothing waits to be read. */
  get idle(): boolean {
    return this.#backlog.length === 0;
  }

  /** Hands it a message. False: it was cut. */
  offer(message: Message): boolean {
    if (this.#waiting) {
      const { resolve } = this.#waiting;
      this.#waiting = null;
      resolve({ value: message, done: false });
      return true;
    }
    if (this.#backlog.length < MAX_BACKLOG) {
      this.#backlog.push(message);
      return true;
    }
    const detail = `the watch fell ${MAX_BACKLOG} messages behind: watch again`;
    this.finish(new GatewayError('GW_RATE_LIMITED', { detail }));
    return false;
  }

  /** Ends it: with an error, or as a stream that is over. What waits is dropped: the next watch begins with a snapshot. */
  finish(error: GatewayError | null): void {
    if (this.#end) return;
    this.#end = { error };
    this.#backlog = [];
    const waiting = this.#waiting;
    this.#waiting = null;
    if (error) waiting?.reject(error);
    else waiting?.resolve({ value: undefined, done: true });
    this.closed(this);
  }

  next(): Promise<IteratorResult<Message>> {
    const message = this.#backlog.shift();
    if (message) return Promise.resolve({ value: message, done: false });
    if (this.#end?.error) return Promise.reject(this.#end.error);
    if (this.#end) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
  }

  /** The reader is gone. */
  return(): Promise<IteratorResult<Message>> {
    this.finish(null);
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
