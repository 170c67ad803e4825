import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeEntry, encodeEntry } from './entry-codec';
import type { SharedEntry } from './shared-tier';

const headerName = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);
const headerValue = fc.stringMatching(/^[\x20-\x7e\t\u00a0-\u00ff]{0,30}$/);
const entry: fc.Arbitrary<SharedEntry> = fc.record({
  response: fc.record({
    status: fc.integer({ min: 200, max: 599 }),
    headers: fc.array(fc.tuple(headerName, headerValue), { maxLength: 6 }).map((pairs) => pairs.flat()),
    body: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  }),
  revision: fc.option(fc.tuple(fc.nat(), fc.nat()).map(([ms, sequence]) => `${ms}-${sequence}`)),
  ttlMs: fc.integer({ min: 1, max: 86_400_000 }),
});

test('every entry survives the way through the shared tier', () => {
  fc.assert(fc.property(entry, (given) => expect(decodeEntry(encodeEntry(given))).toEqual(given)));
});

/** The bytes of an entry with another head. */
function withHead(head: unknown): Buffer {
  const json = Buffer.from(typeof head === 'string' ? head : JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, Buffer.from('body')]);
}
const HEAD = { form: 1, status: 200, headers: ['a', 'b'], revision: '1-0', ttlMs: 1000 };

test('the head of these tests is a good one', () => expect(decodeEntry(withHead(HEAD))).not.toBeNull());

test.each<[string, Buffer]>([
  ['nothing', Buffer.alloc(0)],
  ['too short', Buffer.alloc(3)],
  ['a length beyond the end', Buffer.from([0, 0, 0, 9, 1])],
  ['no JSON', withHead('{')],
  ['null', withHead('null')],
  ['no object', withHead('7')],
  ['another form', withHead({ ...HEAD, form: 2 })],
  ['a status that ends nothing', withHead({ ...HEAD, status: 101 })],
  ['a status that is none', withHead({ ...HEAD, status: 600 })],
  ['a status as text', withHead({ ...HEAD, status: '200' })],
  ['a name without a value', withHead({ ...HEAD, headers: ['a'] })],
  ['headers as an object', withHead({ ...HEAD, headers: {} })],
  ['a value that is no text', withHead({ ...HEAD, headers: ['a', 1] })],
  ['a name that is none', withHead({ ...HEAD, headers: ['a b', 'c'] })],
  ['an upper-case name', withHead({ ...HEAD, headers: ['A', 'c'] })],
  ['a value that would begin another field', withHead({ ...HEAD, headers: ['a', 'b\r\nset-cookie: x'] })],
  ['a revision that is none', withHead({ ...HEAD, revision: '1' })],
  ['a revision as a number', withHead({ ...HEAD, revision: 1 })],
  ['no time', withHead({ ...HEAD, ttlMs: 0 })],
  ['a time as text', withHead({ ...HEAD, ttlMs: '5' })],
])('%s is not an entry', (_what, bytes) => expect(decodeEntry(bytes)).toBeNull());

test('any bytes are an entry that can be sent, or nothing', () => {
  const mutated = fc.tuple(entry, fc.nat(), fc.nat(255)).map(([given, at, byte]) => {
    const bytes = encodeEntry(given);
    bytes[at % bytes.length] = byte;
    return bytes;
  });
  const bytes = fc.oneof(
    fc.uint8Array().map((given) => Buffer.from(given)),
    mutated,
    fc.json().map(withHead),
  );
  fc.assert(
    fc.property(bytes, (given) => {
      const decoded = decodeEntry(given);
      if (decoded === null) return;
      const { status, headers } = decoded.response;
      expect(status >= 200 && status <= 599).toBe(true);
      expect(headers.length % 2).toBe(0);
      expect(headers.some((text) => /[\r\n\0]/.test(text))).toBe(false);
    }),
    { numRuns: 1000 },
  );
});
