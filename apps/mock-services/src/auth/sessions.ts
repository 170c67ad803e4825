import { hash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@gateway/clock';
import { LRUCache } from 'lru-cache';

/** How long a session lasts without a refresh, in ms: 30 days. */
const SESSION_MS = 30 * 24 * 3_600_000;
/** Oldest sessions go first when there are more. */
const MAX_SESSIONS = 100_000;

interface Session {
  readonly userId: string;
  /** Of the refresh token in force; the one before it is worthless. */
  readonly secretHash: Buffer;
  readonly until: number;
}

/** What a login or a refresh yields. */
export interface OpenedSession {
  readonly userId: string;
  readonly sessionId: string;
  readonly refreshToken: string;
}

const hashOf = (secret: string): Buffer => hash('sha256', secret, 'buffer');

/** Who is logged in where, and until when. */
export class Sessions {
  readonly #sessions = new LRUCache<string, Session>({ max: MAX_SESSIONS });
  /** Ended sessions, for as long as an access token of theirs may live. */
  readonly #ended = new LRUCache<string, true>({ max: MAX_SESSIONS });

  constructor(private readonly clock: Clock) {}

  open(userId: string): OpenedSession {
    return this.#renew(randomUUID(), userId);
  }

  /**
   * Takes a refresh token for a new one. A token that was used before has been stolen from somebody: its session ends
   * (RFC 9700 §4.14.2). Null when the token is not in force.
   */
  refresh(refreshToken: string): OpenedSession | null {
    const [sessionId = '', secret = ''] = refreshToken.split('.');
    const session = this.#sessions.get(sessionId);
    if (session === undefined || session.until <= this.clock.now()) return null;
    if (timingSafeEqual(hashOf(secret), session.secretHash)) return this.#renew(sessionId, session.userId);
    this.end(sessionId);
    return null;
  }

  /** Ends a session; one that isn't known, too (another instance may have opened it). */
  end(sessionId: string): void {
    this.#sessions.delete(sessionId);
    this.#ended.set(sessionId, true);
  }

  hasEnded(sessionId: string): boolean {
    return this.#ended.has(sessionId);
  }

  #renew(sessionId: string, userId: string): OpenedSession {
    const secret = randomBytes(32).toString('base64url');
    this.#sessions.set(sessionId, { userId, secretHash: hashOf(secret), until: this.clock.now() + SESSION_MS });
    return { userId, sessionId, refreshToken: `${sessionId}.${secret}` };
  }
}
