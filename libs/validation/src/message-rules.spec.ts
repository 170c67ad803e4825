import { expect, test } from '@jest/globals';
import { fromBinary, fromJson, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { ContractRules } from './index';
import { registry, typeOf } from './testdata/rules.fixture';

const Order = typeOf('Order');
const { rules } = new ContractRules(registry).of(Order);

const key = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('a/b', '~', '__proto__', 'constructor', '', '0'));
const line = fc.record({ amount: fc.constantFrom('0', '1', '18446744073709551615') });
const table = <T>(value: fc.Arbitrary<T>) =>
  fc.array(fc.tuple(key, value), { maxLength: 4 }).map((entries) => Object.fromEntries(entries));

/** Any order, right or wrong, as proto JSON. */
const order = fc.letrec<{ order: JsonValue }>((tie) => ({
  order: fc.record(
    {
      name: fc.string({ maxLength: 12, unit: 'grapheme' }),
      orderCode: fc.string({ maxLength: 5 }),
      lines: fc.array(line, { maxLength: 5 }),
      byName: table(line),
      tags: fc.array(fc.string({ maxLength: 2 }), { maxLength: 20 }),
      due: fc.date({ min: new Date(0), max: new Date(2e6), noInvalidDate: true }).map((date) => date.toISOString()),
      count: fc.integer({ min: 0, max: 9 }),
      card: fc.string({ maxLength: 5 }),
      parent: fc.option(tie('order'), { maxDepth: 3 }),
      byNumber: fc.constant({ '-1': 'a', '9007199254740993': 'b' }),
      byFlag: fc.constantFrom({ true: 'YQ==' }, { false: 'Yg==' }),
      kind: fc.integer({ min: -1, max: 3 }),
      weight: fc.constantFrom('NaN', 'Infinity', 0, -1.5),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<JsonValue>,
})).order;

/** What an RFC 6901 pointer leads to; undefined: nowhere. */
function resolve(json: JsonValue, pointer: string): JsonValue | undefined {
  const tokens = pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
  let current: JsonValue | undefined = json;
  for (const token of tokens) {
    if (current === null || typeof current !== 'object' || !Object.hasOwn(current, token)) return undefined;
    current = (current as Record<string, JsonValue>)[token];
  }
  return current;
}

test('any message is judged, and every pointer leads somewhere', () => {
  let wrong = 0;
  fc.assert(
    fc.property(order, (json) => {
      const message = fromJson(Order, json, { registry });
      const errors = rules!.check(message);
      if (errors === null) return;
      wrong += 1;
      const shown = toJson(Order, message, { registry, alwaysEmitImplicit: true });
      for (const { pointer, rule, detail } of errors) {
        expect({ pointer, at: resolve(shown, pointer) }).not.toEqual({ pointer, at: undefined });
        expect([rule, detail]).not.toContain('');
      }
    }),
    { numRuns: 300 },
  );
  expect(wrong).toBeGreaterThan(0);
});

test('any message from the wire is judged', () => {
  fc.assert(
    fc.property(order, fc.uint8Array({ maxLength: 40 }), (json, noise) => {
      const wire = Buffer.concat([toBinary(Order, fromJson(Order, json, { registry })), noise]);
      let message;
      try {
        message = fromBinary(Order, wire);
      } catch {
        return;
      }
      const errors = rules!.check(message);
      expect(errors === null || errors.length > 0).toBe(true);
    }),
    { numRuns: 300 },
  );
});
