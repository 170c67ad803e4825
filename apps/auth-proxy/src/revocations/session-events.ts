import type { DomainEvent, EventBus } from '@gateway/events';
import { isIdentifier, type CachingPermissions, type RevocationSet } from '@gateway/identity';

const LOGOUT = 'user_logout';
const PERMISSIONS_CHANGED = 'permission_changed';

/** How far back the bus is read for logouts that happened while nobody listened. */
const HISTORY = 20_000;

/** Whom events concern. */
export interface SessionEventTargets {
  readonly revocations: RevocationSet;
  readonly permissions: Pick<CachingPermissions, 'invalidate'>;
  /** Longest life of a token, in ms. */
  readonly maxTokenLifeMs: number;
}

/** Follows the bus: a logout revokes its session, a change of permissions drops what is remembered of them. */
export class SessionEvents {
  readonly #stops: (() => void)[];

  constructor(
    private readonly bus: Pick<EventBus, 'subscribe' | 'onGap' | 'history'>,
    private readonly targets: SessionEventTargets,
  ) {
    this.#stops = [
      bus.subscribe([LOGOUT, PERMISSIONS_CHANGED], (event) => this.#take(event)),
      bus.onGap(() => void this.catchUp().catch(() => undefined)),
    ];
  }

  /** Takes the logouts that are on the bus already. Rejects when it can't be read. */
  async catchUp(): Promise<void> {
    this.targets.permissions.invalidate();
    const { records } = await this.bus.history(HISTORY);
    for (const { event } of records) if (event.type === LOGOUT) this.#take(event);
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  #take({ type, time, fields }: DomainEvent): void {
    const { revocations, permissions, maxTokenLifeMs } = this.targets;
    if (type === PERMISSIONS_CHANGED) permissions.invalidate(fields['user_id']);
    // Anything that may publish events could name a session: what can't be one isn't remembered.
    else if (isIdentifier(fields['session_id']))
      revocations.revoke(fields['session_id'], Date.parse(time) + maxTokenLifeMs);
  }
}
