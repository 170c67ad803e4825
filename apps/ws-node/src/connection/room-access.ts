import { GatewayError } from '@gateway/errors';
import type { PermissionChecker, Principal } from '@gateway/identity';
import type { Room, RoomAction, RoomPolicy } from '@gateway/realtime';

/** Decides whether a caller may do something with a room. */
export class RoomAccess {
  /** @param timeoutMs how long a permission may take to check */
  constructor(
    private readonly policy: RoomPolicy,
    private readonly permissions: RoomPermissions,
    private readonly timeoutMs: number,
  ) {}

  /** @throws GatewayError GW_FORBIDDEN, or GW_AUTH_UNAVAILABLE when it can't be decided now */
  async mustAllow(principal: Principal, action: RoomAction, room: Room): Promise<void> {
    const needed = this.policy.requirement(room, action, principal.subject);
    if (needed.kind === 'allowed') return;
    if (needed.kind === 'denied') throw forbidden(action, room);
    const verdict = await this.permissions.check(principal, needed, this.timeoutMs);
    if (verdict.outcome === 'undecidable')
      throw new GatewayError('GW_AUTH_UNAVAILABLE', {
        detail: 'the permission cannot be checked now',
        cause: verdict.why,
      });
    if (verdict.outcome === 'denied') throw forbidden(action, room);
  }
}

/** Whoever knows permissions. */
export interface RoomPermissions {
  check(
    principal: Principal,
    needed: { readonly permission: string; readonly resource: string },
    timeoutMs: number,
  ): ReturnType<PermissionChecker['checkPermission']>;
}

/** Permissions as an auth-proxy knows them. */
export const askedPermissions = (checker: PermissionChecker): RoomPermissions => ({
  check: ({ subject }, { permission, resource }, timeoutMs) =>
    checker.checkPermission({ subject, permission, resource }, timeoutMs),
});

/** A node without an auth-proxy has only the token to go by: a scope such as `project:read` is the permission, on every resource. */
export const scopePermissions: RoomPermissions = {
  check: ({ scopes }, { permission }) => ({ outcome: scopes.includes(permission) ? 'allowed' : 'denied' }),
};

const forbidden = (action: RoomAction, { name }: Room): GatewayError =>
  new GatewayError('GW_FORBIDDEN', {
    detail: action === 'join' ? `you may not join ${name}` : `you may not publish to ${name}`,
  });
