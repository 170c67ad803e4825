import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { MAX_CONSUMERS, MAX_RULES, ShadowCounts } from './shadow-counts';

/** The samples as `route direction rule consumer`, with their values. */
async function samples(registry: Registry): Promise<Map<string, number>> {
  const { values } = await registry.getSingleMetric('gateway_validation_shadow_total')!.get();
  return new Map(
    values.map(({ labels, value }) => [
      [labels['route'], labels['direction'], labels['rule'], labels['consumer']].join(' '),
      value,
    ]),
  );
}

test('counts by route, direction, rule and consumer', async () => {
  const registry = new Registry();
  const count = new ShadowCounts(registry).countFor('a', 'request');
  count('string.min_len', 'ada');
  count('string.min_len', 'ada');
  count('string.min_len', 'anonymous');
  expect(await samples(registry)).toEqual(
    new Map([
      ['a request string.min_len ada', 2],
      ['a request string.min_len anonymous', 1],
    ]),
  );
});

test('counts those that are too many together', async () => {
  const registry = new Registry();
  const counts = new ShadowCounts(registry);
  const count = counts.countFor('a', 'response');
  for (let index = 0; index < MAX_CONSUMERS + 2; index++) count('r', `user-${index}`);
  for (let index = 0; index < MAX_RULES + 2; index++) count(`rule-${index}`, 'user-0');
  const found = await samples(registry);
  expect(found.get('a response r other')).toBe(2);
  expect(found.get('a response other user-0')).toBe(3);
  expect(found.get('a response r user-0')).toBe(1);
  expect(found.size).toBe(MAX_CONSUMERS + MAX_RULES + 1);
});
