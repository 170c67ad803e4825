import type { Clock } from '@gateway/clock';

/** An ended session, and when it may be forgotten (milliseconds since the epoch). */
export interface Revocation {
  readonly sessionId: string;
  readonly until: number;
}

/** How many ended sessions are remembered by default: about 30 MB. */
export const MAX_REVOCATIONS = 200_000;

/** How many of the oldest entries each new one looks at, so that ended ones go without a sweep of everything. */
const SWEPT_PER_INSERT = 2;

/** The ended sessions whose tokens may still look good. Bounded: when it is full the oldest goes, and is counted. */
export class RevocationSet {
  private readonly untils = new Map<string, number>();
  private readonly listeners = new Set<(revocation: Revocation) => void>();
  private forgotten = 0;

  constructor(
    private readonly clock: Clock,
    private readonly max: number = MAX_REVOCATIONS,
  ) {}

  /**
   * Ends a session. A shorter `until` than the one known changes nothing.
   * @returns whether it was news; the listeners hear of news only
   */
  revoke(sessionId: string, until: number): boolean {
    // Written so that NaN is refused too.
    if (sessionId === '' || !(until > this.clock.now()) || until <= (this.untils.get(sessionId) ?? 0)) return false;
    this.untils.delete(sessionId);
    this.makeRoom();
    this.untils.set(sessionId, until);
    for (const listener of this.listeners) listener({ sessionId, until });
    return true;
  }

  /** Whether the session has ended. The empty id is no session. */
  has(sessionId: string): boolean {
    const until = this.untils.get(sessionId);
    return until !== undefined && until > this.clock.now();
  }

  /** All that are in force. */
  inForce(): Revocation[] {
    const now = this.clock.now();
    return [...this.untils].filter(([, until]) => until > now).map(([sessionId, until]) => ({ sessionId, until }));
  }

  /** Hears each new revocation. Returns how to stop. */
  onRevoked(listener: (revocation: Revocation) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Entries held, ended ones included until they are swept. */
  get size(): number {
    return this.untils.size;
  }

  /** Revocations in force that were given up because the set was full. Anything but 0 is an alarm. */
  get dropped(): number {
    return this.forgotten;
  }

  private makeRoom(): void {
    const now = this.clock.now();
    let swept = 0;
    for (const [sessionId, until] of this.untils) {
      const full = this.untils.size >= this.max;
      if (until > now && !full) return;
      if (until > now) this.forgotten += 1;
      this.untils.delete(sessionId);
      if (++swept === SWEPT_PER_INSERT) return;
    }
  }
}
