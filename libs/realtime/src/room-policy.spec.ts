import { expect, test } from '@jest/globals';
import { parseRoom } from './room';
import { resourceRoomPolicy } from './room-policy';

const requirement = (room: string, action: 'join' | 'publish') =>
  resourceRoomPolicy.requirement(parseRoom(room)!, action, 'u-ada');

test('a room asks for a permission on its resource', () => {
  expect(requirement('kiln:k1', 'join')).toEqual({ kind: 'permission', permission: 'kiln:read', resource: 'k1' });
  expect(requirement('kiln:k1', 'publish')).toEqual({ kind: 'permission', permission: 'kiln:write', resource: 'k1' });
});

test('a user’s room is the user’s alone', () => {
  expect(requirement('user:u-ada', 'join')).toEqual({ kind: 'allowed' });
  expect(requirement('user:u-ada', 'publish')).toEqual({ kind: 'allowed' });
  expect(requirement('user:u-bob', 'join')).toEqual({ kind: 'denied' });
});
