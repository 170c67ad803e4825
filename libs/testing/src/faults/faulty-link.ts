import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** What is wrong with a link. Bytes are counted per connection, in the direction of the answers. */
export type Fault =
  /** Nothing. */
  | { readonly kind: 'none' }
  /** Nobody listens, and what was open is reset: connections are refused. */
  | { readonly kind: 'refuse' }
  /** Connections are accepted; nothing ever passes, neither way. */
  | { readonly kind: 'blackhole' }
  /** Requests pass; answers don't, and the connection stays open. */
  | { readonly kind: 'hang' }
  /** The connection is reset (RST) once that many bytes of answers have passed. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** Answers pass at that pace. */
  | { readonly kind: 'trickle'; readonly bytesPerSecond: number }
  /** Each piece waits that long, in both directions: a slow network, a slow TLS handshake. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Something else answers: the bytes, and the connection is closed. */
  | { readonly kind: 'answer'; readonly bytes: string };

/** A TCP proxy in front of one server, which does to its connections what a test says. */
export interface FaultyLink {
  /** Where it listens on 127.0.0.1; the same over its whole life. */
  readonly port: number;
  /** Connections that it has accepted so far. */
  readonly accepted: number;
  /**
   * From now on, for new bytes of open connections too. Back at `none`, connections that a fault has damaged are reset:
   * nobody gets half an answer for a whole one.
   */
  set(fault: Fault): Promise<void>;
  /** Resets every open connection. */
  cut(): void;
  /** Ends it. */
  close(): Promise<void>;
}

const NONE: Fault = { kind: 'none' };
/** How a trickle is cut into pieces. */
const TRICKLE_TICK_MS = 50;

/**
 * Puts a link in front of `127.0.0.1:<targetPort>` (or localhost's).
 * @param targetPort the server's
 */
export async function startFaultyLink(targetPort: number): Promise<FaultyLink> {
  const link = new Link(targetPort);
  await link.listen();
  return link;
}

class Link implements FaultyLink {
  port = 0;
  accepted = 0;
  #fault: Fault = NONE;
  #server: Server | null = null;
  readonly #pairs = new Set<Pair>();

  constructor(private readonly targetPort: number) {}

  async listen(): Promise<void> {
    const server = createServer((client) => this.#accept(client));
    this.#server = server;
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
  }

  async set(fault: Fault): Promise<void> {
    const before = this.#fault;
    this.#fault = fault;
    if (fault.kind === 'refuse') return this.#unlisten();
    if (before.kind === 'refuse') await this.listen();
    else if (fault.kind === 'none' && before.kind !== 'none' && before.kind !== 'delay') this.cut();
  }

  cut(): void {
    for (const pair of this.#pairs) pair.reset();
  }

  close(): Promise<void> {
    return this.#unlisten();
  }

  async #unlisten(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    this.cut();
    if (server !== null) await new Promise((resolve) => server.close(resolve));
  }

  #accept(client: Socket): void {
    // The system had accepted it before we stopped to listen.
    if (this.#server === null) return void client.resetAndDestroy();
    this.accepted++;
    const pair = new Pair(client, connect(this.targetPort, 'localhost'), () => this.#fault);
    this.#pairs.add(pair);
    client.on('close', () => this.#pairs.delete(pair));
    pair.run();
  }
}

/** A connection of a client and the one to the server that belongs to it. */
class Pair {
  #answered = 0;

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly fault: () => Fault,
  ) {}

  run(): void {
    for (const socket of [this.client, this.server]) {
      socket.setNoDelay();
      // Ends are what tests are about: nobody listens to their errors here.
      socket.on('error', () => undefined);
    }
    // Not the other way round: an answer that is held back outlives the server's end.
    this.client.on('close', () => this.server.destroy());
    void this.#pump(this.client, (piece) => this.#request(piece));
    void this.#pump(this.server, (piece) => this.#answer(piece));
  }

  reset(): void {
    // A reset of what is just ending fails and leaves a handle that keeps the process from ever exiting.
    if (this.client.writableEnded) this.client.destroy();
    else this.client.resetAndDestroy();
    this.server.destroy();
  }

  async #pump(source: Socket, pass: (piece: Buffer) => Promise<void>): Promise<void> {
    const other = source === this.client ? this.server : this.client;
    try {
      for await (const piece of source) await pass(piece as Buffer);
      other.end();
    } catch {
      other.destroy();
    }
  }

  async #request(piece: Buffer): Promise<void> {
    const fault = this.fault();
    if (fault.kind === 'blackhole') return this.#never();
    if (fault.kind === 'answer') return void this.client.end(fault.bytes);
    if (fault.kind === 'delay') await sleep(fault.ms);
    await write(this.server, piece);
  }

  async #answer(piece: Buffer): Promise<void> {
    const fault = this.fault();
    if (fault.kind === 'blackhole' || fault.kind === 'hang') return this.#never();
    if (fault.kind === 'reset') return this.#untilReset(piece, fault.afterBytes);
    if (fault.kind === 'trickle') return this.#trickle(piece, fault.bytesPerSecond);
    if (fault.kind === 'delay') await sleep(fault.ms);
    await write(this.client, piece);
  }

  /** Holds the direction until the connection ends. */
  #never(): Promise<void> {
    return new Promise((resolve) => this.client.once('close', () => resolve()));
  }

  async #untilReset(piece: Buffer, afterBytes: number): Promise<void> {
    const rest = Math.max(0, afterBytes - this.#answered);
    const passing = piece.subarray(0, rest);
    this.#answered += passing.length;
    if (passing.length > 0) await write(this.client, passing);
    if (this.#answered < afterBytes) return;
    // The bytes before it must have left, else the reset takes them along.
    await sleep(5);
    this.reset();
  }

  async #trickle(piece: Buffer, bytesPerSecond: number): Promise<void> {
    const size = Math.max(1, Math.round((bytesPerSecond * TRICKLE_TICK_MS) / 1000));
    const pause = (size / bytesPerSecond) * 1000;
    for (let at = 0; at < piece.length; at += size) {
      if (this.client.destroyed || this.fault().kind !== 'trickle') return;
      await write(this.client, piece.subarray(at, at + size));
      await sleep(pause);
    }
  }
}

const write = (socket: Socket, piece: Buffer): Promise<void> =>
  new Promise((resolve) => (socket.destroyed ? resolve() : socket.write(piece, () => resolve())));
