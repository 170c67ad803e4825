import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hashText, mix, rehash, unitOf } from './hash';
import { MaglevTable } from './maglev-table';
import { candidates, seededRandom } from './sample.fixture';
import { WeightedDraw } from './weighted-draw';

test('a hash is a whole number of 32 bits, always the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer(), (text, seed) => {
      const hash = hashText(text, seed);
      expect(hash).toBe(hashText(text, seed));
      for (const each of [hash, mix(hash), rehash(hash)]) {
        expect(Number.isInteger(each) && each >= 0 && each < 2 ** 32).toBe(true);
        expect(unitOf(each)).toBeLessThan(1);
      }
    }),
  );
});

test('does not change between versions: gateways of different ones must agree', () => {
  expect([hashText(''), hashText('ada'), hashText('ada', 7)]).toMatchInlineSnapshot(`
    [
      2872998923,
      1983102478,
      1360362053,
    ]
  `);
});

test('texts that differ in their last character are spread evenly', () => {
  const buckets = new Array<number>(16).fill(0);
  for (let i = 0; i < 16_000; i++) buckets[Math.floor(unitOf(hashText(`user-${i}`)) * 16)]!++;
  for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});

test('a table has members, but not more than it can tell apart', () => {
  expect(() => new MaglevTable([])).toThrow(RangeError);
  expect(() => new MaglevTable(new Array(65_535).fill(candidates(1)[0]))).toThrow(RangeError);
});

test('lots are drawn by weight', () => {
  const weights = fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(weights, (given) => {
      const lots = new WeightedDraw(given);
      const total = given.reduce((sum, weight) => sum + weight, 0);
      const [draws, random] = [20_000, seededRandom()];
      const counts = new Array<number>(given.length).fill(0);
      for (let i = 0; i < draws; i++) counts[lots.draw(random())]!++;
      counts.forEach((count, index) => {
        const due = given[index]! / total;
        expect(Math.abs(count / draws - due)).toBeLessThan(4.5 * Math.sqrt(due / draws) + 1e-3);
      });
    }),
    { numRuns: 30 },
  );
});
