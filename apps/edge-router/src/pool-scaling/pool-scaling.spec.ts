import type { PolicyName } from '@gateway/forecast';
import type { EndpointUsage } from '@gateway/grpc-pool';
import { fakeClock } from '@gateway/testing';
import { describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import type { Endpoint } from '../upstreams/endpoint';
import { PoolMetrics } from './pool-metrics';
import { DECIDE_EVERY_MS, PoolScaling } from './pool-scaling';

const HOUR = 3_600_000;

/** Pools that are called as the test says, and services that it names. */
function startScaling(policy: PolicyName = 'predictive') {
  const clock = fakeClock();
  const registry = new Registry();
  const usages = new Map<string, EndpointUsage>();
  const services = new Map<string, string[]>();
  const targets = new Map<string, number>();
  const problems: unknown[] = [];
  let broken: string | null = null;
  const scaling = new PoolScaling({
    ...{ policy, clock, metrics: new PoolMetrics(registry), staticConnections: 7 },
    connections: {
      usage: () => [...usages.values()],
      keyOf: ({ address }) => address,
      setTarget: ({ address }, connections) => {
        if (address === broken) throw new Error('no identity');
        targets.set(address, connections);
      },
    },
    upstreams: {
      services: () => [...services.keys()],
      endpoints: (service) => services.get(service)!.map((address) => ({ address }) as Endpoint),
    },
    onProblem: (service, cause) => problems.push([service, (cause as Error).message]),
  });
  /** Counts calls of 100 ms. */
  const carry = (key: string, calls: number, more: Partial<EndpointUsage> = {}): void => {
    const before = usages.get(key);
    usages.set(key, {
      ...{ key, address: key, expect: '', inFlight: 0, connections: 2, opening: 0, streamsPerConnection: 1 },
      ...{ handshakesInPath: (before?.handshakesInPath ?? 0) + 1, min: 0, max: 256 },
      arrivals: (before?.arrivals ?? 0) + calls,
      busyMs: (before?.busyMs ?? 0) + calls * 100,
      ...more,
    });
  };
  const step = (): void => clock.advance(DECIDE_EVERY_MS);
  const breakTarget = (address: string): void => void (broken = address);
  return { clock, registry, usages, services, targets, problems, scaling, carry, step, breakTarget };
}

const metric = async (registry: Registry, name: string): Promise<unknown[]> =>
  (await registry.getSingleMetric(name)!.get()).values.map(({ labels, value }) => ({ ...labels, value }));

describe('every few seconds', () => {
  test('each endpoint gets a target after what it carried, and the ledger says why', () => {
    const { services, targets, carry, step, scaling } = startScaling();
    services.set('shop', ['a:1', 'b:1']);
    carry('a:1', 3_500);
    carry('b:1', 0);
    step();
    // 3500 calls of 100 ms in 5 s are 70 at a time.
    expect(Object.fromEntries(targets)).toEqual({ 'a:1': 100, 'b:1': 0 });
    const shop = scaling.service('shop')!;
    expect(shop.targets).toEqual({ 'a:1': 100, 'b:1': 0 });
    expect(shop.ledger).toEqual([
      expect.objectContaining({ realised: 700, policy: 'reactive', connections: 4, handshakesInPath: 2 }),
    ]);
    expect(shop.ledger[0]!.targets).toEqual({ static: 14, reactive: 100, predictive: 100 });
  });

  test('an instance that nobody has called yet gets connections when its service needs them', () => {
    const { services, targets, carry, step } = startScaling('static');
    services.set('shop', ['a:1', 'new:1']);
    services.set('unused', ['c:1']);
    carry('a:1', 10);
    step();
    expect(Object.fromEntries(targets)).toEqual({ 'a:1': 7, 'new:1': 7 });
  });

  test('one that needs none is not made known to its pool', () => {
    const { services, targets, carry, step } = startScaling('reactive');
    services.set('shop', ['a:1', 'new:1']);
    carry('a:1', 10);
    step();
    expect([...targets.keys()]).toEqual(['a:1']);
  });

  test('an address of two services belongs to the first', () => {
    const { services, carry, step, scaling } = startScaling();
    services.set('one', ['a:1']);
    services.set('two', ['a:1']);
    carry('a:1', 10);
    step();
    expect(scaling.services(1).map(({ service }) => service)).toEqual(['one']);
  });

  test('counters that began anew count from there', () => {
    const { services, usages, carry, step, scaling } = startScaling();
    services.set('shop', ['a:1']);
    carry('a:1', 5_000);
    step();
    usages.clear();
    carry('a:1', 50);
    step();
    expect(scaling.service('shop')!.ledger.map(({ realised }) => realised)).toEqual([1_000, 10]);
  });

  test('a target that cannot be set is told, and the others are set', () => {
    const { services, targets, problems, carry, step, breakTarget } = startScaling();
    services.set('shop', ['a:1', 'b:1']);
    carry('a:1', 3_500);
    carry('b:1', 3_500);
    breakTarget('a:1');
    step();
    expect(problems).toEqual([['shop', 'no identity']]);
    expect(Object.fromEntries(targets)).toEqual({ 'b:1': 100 });
  });
});

test('what comes every hour finds its connections open, though its pool was forgotten meanwhile', () => {
  const { clock, services, usages, targets, carry, step, scaling } = startScaling();
  services.set('shop', ['a:1']);
  for (let at = 0; at < 6 * HOUR; at += DECIDE_EVERY_MS) {
    if (at % HOUR < 60_000) carry('a:1', 5_000);
    else if (at % HOUR > 400_000) usages.delete('a:1');
    if (at % HOUR === HOUR / 2) targets.clear();
    step();
  }
  expect(clock.monotonic()).toBe(6 * HOUR);
  expect(scaling.service('shop', 1)!.ledger[0]).toMatchObject({ policy: 'predictive', realised: 0 });
  expect(targets.get('a:1')).toBeGreaterThan(100);
});

describe('a service without endpoints', () => {
  test('keeps what was learnt for an hour, then it is forgotten with its metrics', async () => {
    const { registry, services, carry, clock, step, scaling } = startScaling();
    services.set('shop', ['a:1']);
    carry('a:1', 500);
    step();
    services.set('shop', []);
    clock.advance(HOUR - DECIDE_EVERY_MS);
    expect(scaling.service('shop')!.ledger).toHaveLength(1);
    clock.advance(DECIDE_EVERY_MS);
    expect(scaling.service('shop')).toBeNull();
    for (const { name } of await registry.getMetricsAsJSON()) expect(await metric(registry, name)).toEqual([]);
  });
});

test('metrics show the last decision; what is not known has none', async () => {
  const { registry, services, carry, step } = startScaling();
  services.set('shop', ['a:1']);
  carry('a:1', 3_500);
  step();
  expect(await metric(registry, 'gateway_pool_realised_requests_per_second')).toEqual([
    { service: 'shop', value: 700 },
  ]);
  expect(await metric(registry, 'gateway_pool_forecast_requests_per_second')).toEqual([]);
  expect(await metric(registry, 'gateway_pool_forecast_error')).toEqual([]);
  for (let i = 0; i < 200; i++) {
    carry('a:1', 3_500);
    step();
  }
  expect(await metric(registry, 'gateway_pool_forecast_requests_per_second')).toEqual([
    { service: 'shop', value: expect.closeTo(700) },
  ]);
  expect(await metric(registry, 'gateway_pool_forecast_error')).toEqual([
    { service: 'shop', value: expect.closeTo(0) },
  ]);
  expect(await metric(registry, 'gateway_pool_target_connections')).toEqual([
    { service: 'shop', policy: 'static', value: 7 },
    { service: 'shop', policy: 'reactive', value: 100 },
    { service: 'shop', policy: 'predictive', value: expect.any(Number) },
  ]);
  expect(await metric(registry, 'gateway_pool_policy')).toEqual([
    { service: 'shop', policy: 'static', value: 0 },
    { service: 'shop', policy: 'reactive', value: 0 },
    { service: 'shop', policy: 'predictive', value: 1 },
  ]);
});

test('once closed it decides no more', () => {
  const { clock, services, carry, step, scaling } = startScaling();
  services.set('shop', ['a:1']);
  carry('a:1', 10);
  scaling.close();
  step();
  expect(scaling.services(1)).toEqual([]);
  expect(clock.pending).toBe(0);
});
