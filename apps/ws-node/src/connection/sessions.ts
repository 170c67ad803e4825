import type { Clock, Timer } from '@gateway/clock';
import type { Admission } from './admission';
import type { DisconnectCode } from '../disconnects';
import type { Session } from './session';

/** What ends sessions. */
export interface SessionsOptions {
  readonly clock: Clock;
  readonly admission: Pick<Admission, 'recheck'>;
  /** How often every session is checked again, in ms. */
  readonly recheckMs: number;
  /** Packets that may wait for a client. */
  readonly maxBacklog: number;
  readonly disconnect: (session: Session, code: DisconnectCode) => void;
}

/** How often a part of the sessions is looked at, in ms. */
const TICK_MS = 1_000;

/** Rechecks under way at once: an auth-proxy that has just come back must not be asked ten thousand things. */
const RECHECKED_AT_ONCE = 100;

/** The sessions of this node. */
export class Sessions {
  private readonly open = new Set<Session>();
  private readonly ticker: Timer;
  /** Those that the present round hasn't looked at. */
  private round: Session[] = [];

  constructor(private readonly options: SessionsOptions) {
    this.ticker = options.clock.every(TICK_MS, () => this.tick());
  }

  get size(): number {
    return this.open.size;
  }

  add(session: Session): void {
    this.open.add(session);
  }

  remove(session: Session): void {
    this.open.delete(session);
    session.close();
  }

  all(): readonly Session[] {
    return [...this.open];
  }

  /** A session id was revoked: its sockets go at once. */
  end(sessionId: string): void {
    if (sessionId === '') return;
    for (const session of this.open)
      if (session.caller.principal.sessionId === sessionId) this.options.disconnect(session, 'session_ended');
  }

  /** Checks all sessions now, a few at a time: something may have been missed. */
  async recheckAll(): Promise<void> {
    const sessions = this.all();
    for (let from = 0; from < sessions.length; from += RECHECKED_AT_ONCE)
      await Promise.all(sessions.slice(from, from + RECHECKED_AT_ONCE).map((session) => this.recheck(session)));
  }

  close(): void {
    this.ticker.cancel();
  }

  private tick(): void {
    this.endSlow();
    if (this.round.length === 0) this.round = [...this.open];
    const share = Math.ceil((this.open.size * TICK_MS) / this.options.recheckMs);
    for (const session of this.round.splice(0, share)) void this.recheck(session);
  }

  /** Ends only what is known to be invalid: an outage of the auth-proxy must not empty the node. */
  private async recheck(session: Session): Promise<void> {
    if (!this.open.has(session)) return;
    const { caller } = session;
    const outcome = await this.options.admission.recheck(caller);
    // Meanwhile it may have gone, or gone on with a fresh token.
    if (outcome !== 'invalid' || !this.open.has(session) || session.caller !== caller) return;
    this.options.disconnect(session, 'session_ended');
  }

  /** A client that doesn't read would keep everything it hasn't read in our memory. */
  private endSlow(): void {
    for (const session of this.open)
      if (backlogOf(session) > this.options.maxBacklog) this.options.disconnect(session, 'slow_consumer');
  }
}

/** Packets that wait for the client, in Engine.IO's buffer. */
const backlogOf = ({ socket }: Session): number =>
  (socket.conn as unknown as { writeBuffer: readonly unknown[] }).writeBuffer.length;
