import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { httpRoute } from '../pipeline.fixture';
import { DeprecatedCalls, MAX_CONSUMERS } from './deprecated-calls';

test('counts who calls, in metrics and by name, and stays bounded', async () => {
  const registry = new Registry();
  const calls = new DeprecatedCalls(registry, { versionOf: () => 'v1' });
  const count = calls.countFor(httpRoute());
  count('ada', 5);
  count('ada', 7);
  expect(calls.records()).toEqual([{ route: 'test', caller: 'ada', calls: 2, lastSeen: 7 }]);
  const text = await registry.metrics();
  expect(text).toContain('gateway_deprecated_calls_total{route="test",version="v1",consumer="ada"} 2');
  for (let i = 0; i < 2 * MAX_CONSUMERS; i++) count(`c${i}`, i);
  const samples = (await registry.metrics()).match(/^gateway_deprecated_calls_total\{/gm)!;
  expect(samples).toHaveLength(MAX_CONSUMERS + 1);
  new DeprecatedCalls(new Registry(), { versionOf: () => null }).countFor(httpRoute())('ada', 1);
});
