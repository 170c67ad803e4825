import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { merge, type Listed } from './merge';

const at = (address: string, from: string) => ({ address, from });
const registry = { kind: 'registry', instances: [at('a:1', 'registry'), at('b:1', 'registry')] } as const;
const dns = { kind: 'dns', instances: [at('b:1', 'dns'), at('c:1', 'dns')] } as const;
const fixed = { kind: 'static', instances: [at('d:1', 'static')] } as const;
const none = { kind: 'kubernetes', instances: [] } as const;

describe('first', () => {
  test('takes the first source that has one', () => {
    expect(merge([none, dns, registry], 'first')).toBe(dns.instances);
    expect(merge([none], 'first')).toEqual([]);
  });
});

describe('union', () => {
  test('takes all, in order of precedence', () => {
    expect(merge([dns, none, fixed], 'union').map(({ address }) => address)).toEqual(['b:1', 'c:1', 'd:1']);
  });

  test('has one instance for one address: the registry’s, wherever it stands', () => {
    const expected = { 'a:1': 'registry', 'b:1': 'registry', 'c:1': 'dns' };
    for (const lists of [
      [registry, dns],
      [dns, registry],
    ]) {
      const merged = Object.fromEntries(merge(lists, 'union').map(({ address, from }) => [address, from]));
      expect(merged).toEqual(expected);
    }
  });

  test('keeps every address, once', () => {
    const lists = fc.array(
      fc.record({
        kind: fc.constantFrom('registry', 'dns', 'static'),
        instances: fc.array(fc.record({ address: fc.constantFrom('a', 'b', 'c', 'd') })),
      }),
    ) as fc.Arbitrary<Listed<{ address: string }>[]>;
    fc.assert(
      fc.property(lists, (given) => {
        const merged = merge(given, 'union').map(({ address }) => address);
        const all = given.flatMap(({ instances }) => instances.map(({ address }) => address));
        expect([...merged].sort()).toEqual([...new Set(all)].sort());
      }),
    );
  });
});
