import type { Clock, Timer } from '@gateway/clock';
import type { Redis } from 'ioredis';
import type { RedisState } from './redis-client';

/** Between two probes, in ms. */
const PROBE_EVERY_MS = 250;
/**
 * Ticks without an answer. They count ticks, not time: a process that was stalled itself gets one tick when it wakes,
 * and the answers that wait in its socket are read before the next.
 */
const TICKS_UNTIL_DOWN = 3;
const TICKS_UNTIL_RECONNECT = 8;

/** What a link asks of its owner. */
export interface LinkOwner {
  /** Asks the server something. Resolves with the state that the answer shows; rejects when it shows a server of no use. */
  probe(): Promise<RedisState>;
  /** Told at every change. */
  stateChanged(state: RedisState, why: string): void;
}

/**
 * One connection, watched. It counts as usable only while the server answers the owner's probe: a peer that vanished
 * or hangs is noticed within a second and dialled again.
 */
export class Link {
  state: RedisState = 'down';
  private ticksWithoutAnswer = 0;
  private probing = false;
  private lastError = 'not connected yet';
  private readonly ticker: Timer;

  constructor(
    readonly redis: Redis,
    clock: Clock,
    private readonly owner: LinkOwner,
  ) {
    redis.on('error', (error: Error) => (this.lastError = error.message));
    redis.on('ready', () => this.opened());
    redis.on('close', () => this.change('down', this.lastError));
    this.ticker = clock.every(PROBE_EVERY_MS, () => this.tick());
    redis.connect().catch(() => undefined); // tried again by the retry strategy; the reason came as an `error`
  }

  /** Probes now instead of at the next tick. */
  probe(): void {
    if (this.probing || this.redis.status !== 'ready') return;
    this.probing = true;
    this.owner.probe().then(
      (state) => this.answered(state),
      (error: Error) => this.failed(error),
    );
  }

  /** Takes note of an answer that says what the server can do. */
  change(state: RedisState, why: string): void {
    if (this.state === state) return;
    this.state = state;
    this.owner.stateChanged(state, why);
  }

  close(): void {
    this.ticker.cancel();
    this.redis.disconnect();
    this.change('down', 'closed');
  }

  private opened(): void {
    this.ticksWithoutAnswer = 0;
    this.lastError = 'the connection was closed';
    this.probing = false;
    this.probe();
  }

  private tick(): void {
    if (this.redis.status !== 'ready') return;
    this.ticksWithoutAnswer++;
    if (this.ticksWithoutAnswer >= TICKS_UNTIL_DOWN) this.change('down', 'no answer');
    if (this.ticksWithoutAnswer >= TICKS_UNTIL_RECONNECT) this.reconnect();
    else this.probe();
  }

  private answered(state: RedisState): void {
    this.probing = false;
    if (this.redis.status !== 'ready') return;
    // A server that refuses writes may have been replaced: it counts as silent, so that it is looked up again.
    if (state === 'up') this.ticksWithoutAnswer = 0;
    this.change(state, state === 'up' ? 'answers' : 'refuses writes');
  }

  private failed(error: Error): void {
    this.probing = false;
    this.lastError = error.message;
  }

  private reconnect(): void {
    this.ticksWithoutAnswer = 0;
    this.redis.disconnect(true);
  }
}
