import { beforeEach, expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { RefusedContracts, SHOWN_MS } from './refused-contracts';

let told: (string | null)[];
let clock: ReturnType<typeof fakeClock>;
let refused: RefusedContracts;

beforeEach(() => {
  told = [];
  clock = fakeClock();
  refused = new RefusedContracts(clock, (why) => told.push(why));
});

test('a refusal is shown until the service offers something better', () => {
  refused.add('shop', 'breaks');
  refused.add('web', 'not yours');
  refused.add('shop', 'breaks more');
  refused.settle('web');
  refused.settle('nobody');
  refused.settle('shop');
  expect(told).toEqual([
    ...['shop: breaks', 'shop: breaks; web: not yours', 'web: not yours; shop: breaks more', 'shop: breaks more'],
    null,
  ]);
});

test('or until nobody has tried for a while', async () => {
  refused.add('shop', 'breaks');
  await clock.advance(SHOWN_MS - 1);
  refused.add('shop', 'breaks');
  await clock.advance(SHOWN_MS - 1);
  expect(told.at(-1)).toBe('shop: breaks');
  await clock.advance(1);
  expect(told.at(-1)).toBeNull();
});

test('names that are invented don’t fill the memory', () => {
  for (let n = 0; n < 30; n++) refused.add(`s${n}`, 'no');
  expect(told.at(-1)!.split('; ')).toHaveLength(20);
  expect(told.at(-1)).not.toContain('s9:');
});
