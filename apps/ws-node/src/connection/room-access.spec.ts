import { expect, test } from '@jest/globals';
import type { PermissionVerdict, Principal } from '@gateway/identity';
import { parseRoom, resourceRoomPolicy } from '@gateway/realtime';
import { RoomAccess, askedPermissions, scopePermissions } from './room-access';

const ADA: Principal = {
  subject: 'ada',
  issuer: 'i',
  sessionId: 's',
  scopes: ['kiln:read'],
  kind: 'bearer',
  expiresAt: Infinity,
};
const room = (name: string) => parseRoom(name)!;
const asking = (verdict: PermissionVerdict) =>
  new RoomAccess(resourceRoomPolicy, askedPermissions({ checkPermission: () => verdict }), 100);

test.each([
  [{ outcome: 'denied' as const }, 'GW_FORBIDDEN'],
  [{ outcome: 'undecidable' as const, why: 'down' }, 'GW_AUTH_UNAVAILABLE'],
])('%j is %s', async (verdict, code) => {
  await expect(asking(verdict).mustAllow(ADA, 'join', room('kiln:k1'))).rejects.toMatchObject({ code });
});

test('an own room needs no permission, and none opens another’s', async () => {
  await asking({ outcome: 'denied' }).mustAllow(ADA, 'publish', room('user:ada'));
  const other = asking({ outcome: 'allowed' }).mustAllow(ADA, 'join', room('user:bob'));
  await expect(other).rejects.toMatchObject({ code: 'GW_FORBIDDEN' });
});

test('without an auth-proxy the scopes decide', async () => {
  const access = new RoomAccess(resourceRoomPolicy, scopePermissions, 100);
  await access.mustAllow(ADA, 'join', room('kiln:k1'));
  await expect(access.mustAllow(ADA, 'publish', room('kiln:k1'))).rejects.toMatchObject({ code: 'GW_FORBIDDEN' });
});
