import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { Client } from '@grpc/grpc-js';
import { registryV1 } from '@gateway/contracts';

/** A change that some watchers haven't seen yet. */
interface Awaited {
  readonly missing: Set<Client>;
  readonly started: number;
  readonly done: (ms: number) => void;
}

const { input, output, name, parent } = registryV1.RegistryService.method.watch;

/**
 * Many watchers of everything, each on a connection of its own. One that is cut watches again, as clients do. Unlike them
 * they share one processor: what all of them get is decoded once, and a snapshot only when a change might be in it.
 */
export class Watchers {
  readonly #awaited = new Map<string, Awaited>();
  readonly #ends = new Map<Client, () => void>();
  readonly #unopened: Set<Client>;
  #opened: () => void = () => undefined;
  #closed = false;
  #latest: { readonly bytes: Buffer; readonly message: registryV1.WatchResponse } | null = null;
  /** Messages that arrived. */
  messages = 0;
  /** Watches that ended. */
  lost = 0;

  constructor(private readonly clients: readonly Client[]) {
    this.#unopened = new Set(clients);
  }

  /** Opens all watches. @returns milliseconds until each has its snapshot */
  async open(): Promise<number> {
    const started = performance.now();
    const opened = new Promise<void>((resolve) => (this.#opened = resolve));
    for (const client of this.clients) this.#watch(client);
    await opened;
    return performance.now() - started;
  }

  /**
   * Makes a change and waits until every watcher has seen it.
   * @param id the instance, and what it is told of it: its weight
   * @returns milliseconds from before the call until the last watcher knows
   */
  seenAfter(id: string, weight: number, change: () => Promise<unknown>): Promise<number> {
    return new Promise((done, failed) => {
      this.#awaited.set(`${id} ${weight}`, { missing: new Set(this.clients), started: performance.now(), done });
      change().catch(failed);
    });
  }

  close(): void {
    this.#closed = true;
    for (const end of this.#ends.values()) end();
  }

  #watch(client: Client): void {
    let isFirst = true;
    const call = client.makeServerStreamRequest(
      `/${parent.typeName}/${name}`,
      (request: registryV1.WatchRequest) => Buffer.from(toBinary(input, request)),
      (bytes: Buffer) => bytes,
      create(input),
    );
    call.on('data', (bytes: Buffer) => {
      this.messages += 1;
      if (isFirst) this.#snapshot(client, bytes);
      else this.#change(client, bytes);
      isFirst = false;
    });
    call.on('error', () => {
      if (this.#closed) return;
      this.lost += 1;
      this.#watch(client);
    });
    this.#ends.set(client, () => call.cancel());
  }

  #snapshot(client: Client, bytes: Buffer): void {
    this.#unopened.delete(client);
    if (this.#unopened.size === 0) this.#opened();
    const { event } = this.#awaited.size > 0 ? fromBinary(output, bytes) : { event: null };
    if (event?.case === 'snapshot') for (const instance of event.value.instances) this.#seen(client, instance);
  }

  #change(client: Client, bytes: Buffer): void {
    if (!this.#latest?.bytes.equals(bytes)) this.#latest = { bytes, message: fromBinary(output, bytes) };
    const { event } = this.#latest.message;
    if (event.case === 'upserted') this.#seen(client, event.value);
  }

  #seen(client: Client, { id, weight }: registryV1.Instance): void {
    const key = `${id} ${weight}`;
    const awaited = this.#awaited.get(key);
    if (!awaited?.missing.delete(client) || awaited.missing.size > 0) return;
    this.#awaited.delete(key);
    awaited.done(performance.now() - awaited.started);
  }
}
