import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LATENCY_SECONDS, childOf, formatTraceparent, parseTraceparent } from './index';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('traceparent', () => {
  test('is read', () => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({ traceId: TRACE, spanId: SPAN, sampled: true });
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-02`)).toMatchObject({ sampled: false });
  });

  test('of a later version may say more', () => {
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what-the-future-brings`)).toMatchObject({ traceId: TRACE });
  });

  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['of the invalid version', `ff-${TRACE}-${SPAN}-01`],
    ['of version 00 with more behind', `00-${TRACE}-${SPAN}-01-x`],
    ['with an all-zero trace', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['with an all-zero span', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['in upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['with blanks', ` 00-${TRACE}-${SPAN}-01`],
  ])('is null when %s', (_what, header) => expect(parseTraceparent(header)).toBeNull());

  const hex = (length: number) =>
    fc
      .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
      .map((digits) => digits.join(''))
      .filter((text) => /[^0]/.test(text));

  test('is read back as it was written', () => {
    fc.assert(
      fc.property(hex(32), hex(16), fc.boolean(), (traceId, spanId, sampled) =>
        expect(parseTraceparent(formatTraceparent({ traceId, spanId, sampled }))).toEqual({ traceId, spanId, sampled }),
      ),
    );
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseTraceparent(text)));
  });
});

test('a child stays in its trace; without a parent a trace begins, not sampled', () => {
  const parent = { traceId: TRACE, spanId: SPAN, sampled: true };
  const child = childOf(parent);
  expect(child).toEqual({ ...parent, spanId: expect.stringMatching(/^[0-9a-f]{16}$/) });
  expect(child.spanId).not.toBe(SPAN);
  const first = childOf(null);
  expect(parseTraceparent(formatTraceparent(first))).toEqual(first);
  expect(first.sampled).toBe(false);
});

test('latency buckets rise', () => {
  expect([...LATENCY_SECONDS].sort((a, b) => a - b)).toEqual(LATENCY_SECONDS);
});
