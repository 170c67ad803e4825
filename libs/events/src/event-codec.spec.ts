import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeEvent, encodeEvent, MAX_EVENT_LENGTH } from './event-codec';
import { compareRevisions } from './revision';

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const name = fc.string({ minLength: 1, maxLength: 20 });
const event = fc.record({
  id: name,
  type: name,
  time: text,
  origin: text,
  traceparent: text,
  fields: fc.dictionary(fc.string({ maxLength: 10 }), text, { maxKeys: 5, noNullPrototype: true }),
  room: text,
});

test('every event survives the way over the bus', () => {
  fc.assert(fc.property(event, (given) => expect(decodeEvent(encodeEvent(given))).toEqual(given)));
});

test('members that protobuf JSON leaves out are empty, unknown ones are ignored', () => {
  expect(decodeEvent('{"id":"1","type":"a","colour":"red"}')).toEqual({
    id: '1',
    type: 'a',
    time: '',
    origin: '',
    traceparent: '',
    fields: {},
    room: '',
  });
});

test.each([
  '',
  'null',
  '[]',
  '"text"',
  '{"id":"1","type":"a"',
  '{"type":"a"}',
  '{"id":"1"}',
  '{"id":1,"type":"a"}',
  '{"id":"1","type":""}',
  '{"id":"1","type":"a","fields":[]}',
  '{"id":"1","type":"a","fields":{"n":1}}',
  '{"id":"1","type":"a","time":5}',
  '{"id":"1","type":"a","origin":null}',
  '{"id":"1","type":"a","traceparent":{}}',
  '{"id":"1","type":"a","room":7}',
  JSON.stringify({ id: '1', type: 'a', room: 'x'.repeat(MAX_EVENT_LENGTH) }),
])('%.40s is not an event', (given) => expect(decodeEvent(given)).toBeNull());

test('any text is an event of the declared form, or nothing', () => {
  const mutated = fc.tuple(event, fc.nat(), fc.string({ maxLength: 3 })).map(([given, at, insert]) => {
    const json = encodeEvent(given);
    const place = at % json.length;
    return json.slice(0, place) + insert + json.slice(place + 1);
  });
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), mutated), (given) => {
      const decoded = decodeEvent(given);
      if (decoded === null) return;
      const { fields, ...strings } = decoded;
      expect(Object.values({ ...strings, ...fields }).every((value) => typeof value === 'string')).toBe(true);
      expect(decoded.id).not.toBe('');
      expect(decoded.type).not.toBe('');
    }),
  );
});

test('revisions are ordered by time, then by sequence', () => {
  const given = ['10-0', '9-5', '10-12', '10-2', '9-40'];
  expect(given.toSorted(compareRevisions)).toEqual(['9-5', '9-40', '10-0', '10-2', '10-12']);
  expect(compareRevisions('10-2', '10-2')).toBe(0);
});
