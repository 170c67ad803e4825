import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_ROOM_LENGTH, parseRoom } from './room';

test.each([
  ['project:p1', 'project', 'p1'],
  ['user:auth0|42', 'user', 'auth0|42'],
  ['user:ada@example.com', 'user', 'ada@example.com'],
  ['a_b-2:x:y/z', 'a_b-2', 'x:y/z'],
])('%s is a room', (name, type, id) => expect(parseRoom(name)).toEqual({ name, type, id }));

test.each([
  '',
  'project',
  'project:',
  ':p1',
  'Project:p1',
  'project:p 1',
  'project:{p1}',
  'project:p1\n',
  `project:${'x'.repeat(129)}`,
  `${'x'.repeat(33)}:1`,
  null,
  42,
  ['project:p1'],
])('%j is none', (name) => expect(parseRoom(name)).toBeNull());

test('whatever comes, what is a room fits a hash tag and one line', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((id) => `t:${id}`),
        fc.anything(),
      ),
      (name) => {
        const room = parseRoom(name);
        if (room === null) return;
        expect(room.name).toBe(`${room.type}:${room.id}`);
        expect(room.name).toMatch(/^[\x21-\x7e]+$/);
        expect(room.name).not.toMatch(/[{}]/);
        expect(room.name.length).toBeLessThanOrEqual(MAX_ROOM_LENGTH);
      },
    ),
  );
});
