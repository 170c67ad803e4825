import { ConnectionHealth } from './connection-health';

/**
 * `ready`: takes calls. `opening`: is being established. `idle`: isn't connected, a call would connect it. `failing`:
 * can't be established at present; it keeps trying.
 */
export type ConnectionState = 'ready' | 'opening' | 'idle' | 'failing';

/** A connection as its pool looks after it. Times are `Clock.monotonic`. */
export interface PooledConnection {
  readonly state: ConnectionState;
  readonly inFlight: number;
  /** When its last call ended; while it has calls, of no meaning. */
  readonly idleSince: number;
  /** When it is old enough to be replaced. */
  readonly expiresAt: number;
  readonly health: ConnectionHealth;
}

/** The pool that connections are looked after for. */
export interface ConnectionHolder<C extends PooledConnection> {
  /** All but the retired ones. */
  readonly connections: readonly C[];
  /** Begins to establish one more. */
  open(): C;
  /** Gives a connection no more calls and closes it after those in flight. */
  retire(connection: C): void;
}

/** How many connections there should be, and for how long. */
export interface UpkeepOptions {
  readonly min: number;
  readonly max: number;
  /** A connection without calls for that long is closed, when no target says how many there should be. */
  readonly idleMs: number;
}

/** The mean age at which a connection is replaced: load balancers, certificates and addresses change behind it. */
export const DEFAULT_MAX_AGE_MS = 30 * 60_000;
/** A surplus connection closes after so long without a call: a target that moves up and down costs no handshakes. */
const SURPLUS_IDLE_MS = 10_000;
/** Fewer calls say nothing about a connection. */
const ENOUGH_CALLS = 10;
/** More failed calls than that are suspicious… */
const SICK_RATE = 0.5;
/** …and the connection's own fault when its siblings fail less than that. */
const WELL_RATE = 0.1;
/** Connections that are opened ahead of need at one time: a server that just came back isn't flooded with handshakes. */
const OPENING_AT_ONCE = 16;
/** How long nothing is opened ahead of need after an attempt failed, and its bound: it doubles with each failure. */
const PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;

/**
 * The age that a connection may reach: ±20 %, so that those opened together aren't replaced together.
 * @param random from 0 (included) to 1 (excluded)
 */
export const jitteredAge = (maxAgeMs: number, random: () => number): number => maxAgeMs * (0.8 + 0.4 * random());

/**
 * Keeps the connections to one endpoint in number and in health: opens those that are missing, closes what idles, and
 * replaces one that is too old or fails more than its siblings, the new one being ready before the old one retires.
 */
export class Upkeep<C extends PooledConnection> {
  private target: number | null = null;
  private pauseMs = 0;
  private pausedUntil = 0;
  private replacement: { readonly worn: C; readonly successor: C } | null = null;

  constructor(
    private readonly holder: ConnectionHolder<C>,
    private readonly options: UpkeepOptions,
  ) {}

  setTarget(connections: number): void {
    this.target = connections;
  }

  /** How many there should be at least. */
  get wanted(): number {
    const { min, max } = this.options;
    return Math.min(max, Math.max(min, Math.ceil(this.target ?? 0)));
  }

  /** Opens what is missing. @param now `Clock.monotonic` */
  refill(now: number): void {
    if (now < this.pausedUntil) return;
    const { connections } = this.holder;
    const opening = connections.filter(({ state }) => state === 'opening').length;
    const missing = this.wanted - connections.filter(({ state }) => state !== 'idle').length;
    for (let i = Math.min(missing, OPENING_AT_ONCE - opening); i > 0; i--) this.holder.open();
  }

  /** A connection has been established. */
  opened(now: number): void {
    this.pauseMs = 0;
    this.pausedUntil = 0;
    this.refill(now);
  }

  /** A connection couldn't be established: nothing is opened ahead of need for a while. */
  failed(now: number): void {
    if (now < this.pausedUntil) return;
    this.pauseMs = Math.min(MAX_PAUSE_MS, Math.max(PAUSE_MS, this.pauseMs * 2));
    this.pausedUntil = now + this.pauseMs;
  }

  /** A look at everything, once a second. */
  look(now: number): void {
    for (const { health } of this.holder.connections) health.decay();
    this.replace(now);
    this.refill(now);
    this.shrink(now);
  }

  private shrink(now: number): void {
    const { connections } = this.holder;
    const before = now - (this.target === null ? this.options.idleMs : SURPLUS_IDLE_MS);
    const idle = connections.filter(({ inFlight, idleSince }) => inFlight === 0 && idleSince <= before);
    const surplus = Math.max(0, connections.length - this.wanted);
    idle.sort((a, b) => a.idleSince - b.idleSince);
    for (const connection of idle.slice(0, surplus)) this.holder.retire(connection);
  }

  /** One at a time: their ages are spread, and an endpoint that can't be reached anew must not lose what it has. */
  private replace(now: number): void {
    const { connections } = this.holder;
    if (this.replacement !== null) {
      const { worn, successor } = this.replacement;
      const pending = successor.state === 'opening' && connections.includes(successor);
      if (successor.state === 'ready' && connections.includes(worn)) this.holder.retire(worn);
      if (!pending) this.replacement = null;
      return;
    }
    if (now < this.pausedUntil) return;
    const worn = this.wornAt(now);
    if (worn !== undefined) this.replacement = { worn, successor: this.holder.open() };
  }

  private wornAt(now: number): C | undefined {
    const ready = this.holder.connections.filter(({ state }) => state === 'ready');
    return (
      ready.find(({ expiresAt }) => expiresAt <= now) ?? ready.find((connection) => this.isSick(connection, ready))
    );
  }

  /** One that has no siblings to compare it with gets one. */
  private isSick(connection: C, ready: readonly C[]): boolean {
    const own = ConnectionHealth.errorRate([connection.health], ENOUGH_CALLS);
    if (own === null || own < SICK_RATE) return false;
    const siblings = ready.filter((other) => other !== connection);
    if (siblings.length === 0) this.openSibling();
    const others = ConnectionHealth.errorRate(
      siblings.map(({ health }) => health),
      ENOUGH_CALLS,
    );
    return others !== null && others <= WELL_RATE;
  }

  private openSibling(): void {
    const { connections } = this.holder;
    if (connections.length < this.options.max && connections.every(({ state }) => state === 'ready'))
      this.holder.open();
  }
}
