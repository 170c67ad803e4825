import type { Clock, Timer } from '@gateway/clock';
import { GatewayError } from '@gateway/errors';
import type { DisconnectCode } from '../disconnects';
import type { Caller } from './admission';
import type { ClientSocket } from './client-socket';
import type { EventBudget } from './event-budget';

/** How long before its token's end a client is asked for a fresh one, in ms. */
const EXPIRY_NOTICE_MS = 60_000;

/** Longest timer, in ms: a longer delay would overflow and fire at once. */
const MAX_TIMER_MS = 86_400_000;

/** Events that may wait for the ones before them; more are refused. */
const MAX_WAITING = 100;

/** What a session needs of its surroundings. */
export interface SessionOptions {
  readonly clock: Clock;
  readonly budget: EventBudget;
  readonly disconnect: (session: Session, code: DisconnectCode) => void;
}

/** A socket and the caller behind it, until the caller's token ends. */
export class Session {
  readonly budget: EventBudget;
  private timer: Timer | null = null;
  private work: Promise<void> = Promise.resolve();
  private waiting = 0;
  private noticed = false;

  constructor(
    readonly socket: ClientSocket,
    private current: Caller,
    private readonly options: SessionOptions,
  ) {
    this.budget = options.budget;
  }

  /** Watches over the token's end from now on; it may have come already. */
  start(): void {
    this.watchExpiry();
  }

  get caller(): Caller {
    return this.current;
  }

  /**
   * Goes on with a fresh token.
   * @throws GatewayError GW_FORBIDDEN when it is another caller's: rooms were joined with the first one's permissions
   */
  renew(caller: Caller): void {
    const { subject, issuer } = this.current.principal;
    if (caller.principal.subject !== subject || caller.principal.issuer !== issuer)
      throw new GatewayError('GW_FORBIDDEN', { detail: "the token is another caller's" });
    this.current = caller;
    this.noticed = false;
    this.watchExpiry();
  }

  /**
   * Runs what the client asked for after what it asked for before, so that its messages keep their order.
   * @param task must not reject
   * @returns false: too much waits already
   */
  inTurn(task: () => Promise<void>): boolean {
    if (this.waiting >= MAX_WAITING) return false;
    this.waiting += 1;
    this.work = this.work.then(task).finally(() => (this.waiting -= 1));
    return true;
  }

  /** The socket is gone. */
  close(): void {
    this.timer?.cancel();
  }

  private watchExpiry(): void {
    this.timer?.cancel();
    const { clock, disconnect } = this.options;
    const { expiresAt } = this.current.principal;
    const left = expiresAt - clock.now();
    if (left <= 0) return disconnect(this, 'token_expired');
    if (left <= EXPIRY_NOTICE_MS && !this.noticed) this.notice(expiresAt);
    const wait = left > EXPIRY_NOTICE_MS ? left - EXPIRY_NOTICE_MS : left;
    this.timer = clock.after(Math.min(wait, MAX_TIMER_MS), () => this.watchExpiry());
  }

  private notice(expiresAt: number): void {
    this.noticed = true;
    this.socket.emit('auth_expiring', { expiresAt: new Date(expiresAt).toISOString() });
  }
}
