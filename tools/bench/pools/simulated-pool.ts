import { EventQueue } from './event-queue';

/** What a simulated pool is made of. Times are in milliseconds. */
export interface PoolOptions {
  /** Calls that one connection carries at a time: 1 is HTTP/1.1. */
  readonly streams: number;
  readonly max: number;
  /** Round trip to the upstream: a handshake takes two of them (TCP, then TLS 1.3). */
  readonly roundTripMs: number;
  /** Processor time of a handshake. One after the other: the gateway's event loop is one thread. */
  readonly handshakeCpuMs: number;
  /** A connection above the target closes after so long without a call. */
  readonly surplusIdleMs: number;
}

/** A call that ended. */
export interface EndedCall {
  readonly arrivedAt: number;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** So many connections are established ahead of need at the same time, as by libs/grpc-pool. */
const OPENING_AT_ONCE = 16;

interface Connection {
  busy: number;
  idleSince: number;
}

interface Call {
  readonly arrivedAt: number;
  readonly durationMs: number;
}

interface Happening {
  readonly at: number;
  readonly connection: Connection;
  /** Null: its handshake is done. */
  readonly call: EndedCall | null;
}

/**
 * A pool as the gateway's are: a call takes a free stream, else one more connection is opened and the call waits for what
 * is free first. A target is opened at once; above it, what idles closes.
 */
export class SimulatedPool {
  private readonly events = new EventQueue<Happening>();
  private readonly open: Connection[] = [];
  /** Those with a free stream. The last one is taken: load keeps to few connections, and the others idle and may close. */
  private readonly free: Connection[] = [];
  private readonly waiting: Call[] = [];
  private opening = 0;
  private target = 0;
  private cpuFreeAt = 0;
  private inFlight = 0;
  private nowMs = 0;
  /** Sums for the policies: as `EndpointUsage`. */
  arrivals = 0;
  handshakesInPath = 0;
  private busy = 0;

  constructor(
    private readonly options: PoolOptions,
    private readonly onEnd: (call: EndedCall) => void,
  ) {}

  /** Established and being established. */
  get connections(): number {
    return this.open.length + this.opening;
  }

  get callsInFlight(): number {
    return this.inFlight;
  }

  /** The calls in flight, integrated until now. */
  get busyMs(): number {
    return this.busy;
  }

  /** Lets happen what does until then. */
  advance(toMs: number): void {
    while (this.events.nextAt <= toMs) {
      const event = this.events.pop()!;
      this.passTo(event.at);
      if (event.call === null) this.established(event.connection);
      else this.ended(event.connection, event.call);
    }
    this.passTo(toMs);
  }

  /** A call comes now. */
  call(durationMs: number): void {
    this.arrivals++;
    this.inFlight++;
    const call = { arrivedAt: this.nowMs, durationMs };
    const free = this.free.at(-1);
    if (free !== undefined) return this.start(free, call);
    this.waiting.push(call);
    if (this.opening * this.options.streams < this.waiting.length && this.connections < this.options.max)
      this.openOne();
  }

  setTarget(connections: number): void {
    this.target = Math.min(connections, this.options.max);
    this.refill();
  }

  /** To be called every second: opens what is missing, and closes what idles above the target, the longest idle first. */
  look(): void {
    this.refill();
    const before = this.nowMs - this.options.surplusIdleMs;
    const idle = this.open.filter(({ busy, idleSince }) => busy === 0 && idleSince <= before);
    idle.sort((a, b) => a.idleSince - b.idleSince);
    for (const connection of idle.slice(0, Math.max(0, this.connections - this.target))) {
      this.open.splice(this.open.indexOf(connection), 1);
      this.free.splice(this.free.indexOf(connection), 1);
    }
  }

  private refill(): void {
    while (this.connections < this.target && this.opening < OPENING_AT_ONCE) this.openOne();
  }

  private passTo(ms: number): void {
    this.busy += this.inFlight * (ms - this.nowMs);
    this.nowMs = ms;
  }

  private openOne(): void {
    this.opening++;
    const { roundTripMs, handshakeCpuMs } = this.options;
    this.cpuFreeAt = Math.max(this.cpuFreeAt, this.nowMs + 2 * roundTripMs) + handshakeCpuMs;
    this.events.push({ at: this.cpuFreeAt, connection: { busy: 0, idleSince: 0 }, call: null });
  }

  private established(connection: Connection): void {
    this.opening--;
    connection.idleSince = this.nowMs;
    this.open.push(connection);
    this.free.push(connection);
    while (this.waiting.length > 0 && connection.busy < this.options.streams) {
      this.handshakesInPath++;
      this.start(connection, this.waiting.shift()!);
    }
    this.refill();
  }

  /** @param connection the last one of `free` */
  private start(connection: Connection, { arrivedAt, durationMs }: Call): void {
    if (++connection.busy === this.options.streams) this.free.pop();
    const endedAt = this.nowMs + durationMs;
    this.events.push({ at: endedAt, connection, call: { arrivedAt, startedAt: this.nowMs, endedAt } });
  }

  private ended(connection: Connection, call: EndedCall): void {
    if (connection.busy-- === this.options.streams) this.free.push(connection);
    connection.idleSince = this.nowMs;
    this.inFlight--;
    this.onEnd(call);
    if (this.waiting.length > 0) this.start(this.free.at(-1)!, this.waiting.shift()!);
  }
}
