import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { affects, PURGED } from './cache-request';
import { someDependencies, someEvent } from './dependencies.fixture';
import { DependencyIndex } from './dependency-index';

const entry = { events: ['project_updated'], fields: { project_id: 'p1', user_id: 'ada' }, tags: ['projects'] };

test.each<[string, Record<string, string>, boolean]>([
  ['project_updated', { project_id: 'p1' }, true],
  ['project_updated', { project_id: 'p2' }, false],
  ['project_updated', { project_id: 'p1', user_id: 'ada' }, true],
  ['project_updated', { project_id: 'p1', user_id: 'bob' }, false],
  ['project_updated', { project_id: 'p1', name: 'other' }, true],
  ['project_updated', { name: 'nothing in common' }, true],
  ['project_updated', {}, true],
  ['project_deleted', { project_id: 'p1' }, false],
  [PURGED, { tag: 'projects' }, true],
  [PURGED, { tag: 'users' }, false],
  [PURGED, {}, false],
])('an event %s with %j makes the entry of p1 and ada untrue: %s', (type, fields, expected) => {
  expect(affects({ type, fields }, entry)).toBe(expected);
});

test('names that every object has are no fields', () => {
  const event = { type: 'updated', fields: { constructor: 'x', toString: 'y' } };
  expect(affects(event, { events: ['updated'], fields: { a: '1' }, tags: [] })).toBe(true);
});

test('finds exactly what looking at every member would, as members come and go', () => {
  const member = fc.record({ dependencies: someDependencies, stays: fc.boolean() });
  fc.assert(
    fc.property(fc.array(member, { maxLength: 30 }), fc.array(someEvent, { maxLength: 10 }), (given, events) => {
      const index = new DependencyIndex();
      const members = given.map(({ dependencies, stays }) => ({ ...dependencies, stays }));
      for (const each of members) index.add(each);
      for (const each of members) if (!each.stays) index.remove(each);
      for (const event of events) {
        const expected = members.filter((each) => each.stays && affects(event, each));
        expect(new Set(index.affected(event))).toEqual(new Set(expected));
      }
    }),
    { numRuns: 500 },
  );
});

test('looks only at those that have one of the values', () => {
  const index = new DependencyIndex<{ fields: Record<string, string>; events: string[]; tags: string[] }>();
  let looked = 0;
  for (let i = 0; i < 10_000; i++) {
    const fields = { project_id: `p${i}` };
    index.add({
      events: ['project_updated'],
      tags: [],
      get fields() {
        looked++;
        return fields;
      },
    });
  }
  looked = 0;
  expect(index.affected({ type: 'project_updated', fields: { project_id: 'p77' } })).toHaveLength(1);
  expect(looked).toBeLessThan(10);
});
