import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RESERVED_EVENTS, isEventName } from './event-name';
import { MAX_JSON_DEPTH, isJson, type Json } from './json';
import { decodeEnvelope, encodeEnvelope } from './message';

test('an envelope comes back as it went', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.jsonValue({ maxDepth: 5 }), (id, value) => {
      const data = JSON.parse(JSON.stringify(value)) as Json;
      expect(decodeEnvelope(encodeEnvelope({ id, event: 'said', data }))).toEqual({ id, event: 'said', data });
    }),
  );
});

test('reading an envelope never throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const envelope = decodeEnvelope(text);
      if (envelope !== null) expect(isEventName(envelope.event)).toBe(true);
    }),
  );
});

test.each(['', '{', '{}', '["a","b"]', '[1,"said",1]', '["a","disconnect",1]', '["a","said",1,2]'])(
  '%s is no envelope',
  (text) => expect(decodeEnvelope(text)).toBeNull(),
);

test('names that mean something to a socket are reserved', () => {
  for (const name of RESERVED_EVENTS) expect(isEventName(name)).toBe(false);
  expect(isEventName('project_updated')).toBe(true);
  for (const name of ['', '1st', 'a b', 'x'.repeat(65), null, 7]) expect(isEventName(name)).toBe(false);
});

test('only plain, finite, shallow values are JSON', () => {
  const nested = (depth: number): Json => (depth === 0 ? 1 : [nested(depth - 1)]);
  expect(isJson(nested(MAX_JSON_DEPTH))).toBe(true);
  expect(isJson(nested(MAX_JSON_DEPTH + 1))).toBe(false);
  expect(isJson({ a: [1, 'x', null, true, {}] })).toBe(true);
  expect(isJson(Object.create(null))).toBe(true);
  for (const value of [undefined, NaN, Infinity, Buffer.from('x'), new Date(), { a: undefined }, [() => 1], new Map()])
    expect(isJson(value)).toBe(false);
});
