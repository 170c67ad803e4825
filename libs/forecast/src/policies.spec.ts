import { describe, expect, test } from '@jest/globals';
import type { Forecast } from './load-forecaster';
import { type EndpointLoad, type ServiceLoad, StaticPolicy } from './policy';
import { PredictivePolicy } from './predictive-policy';
import { ReactivePolicy } from './reactive-policy';
import { TrustGate } from './trust-gate';

const endpoint = (more: Partial<EndpointLoad> = {}): EndpointLoad => ({
  ...{ key: 'a', concurrency: 0, inFlight: 0, streamsPerConnection: 1, min: 0, max: 256 },
  ...more,
});
const load = (atMs: number, ...endpoints: EndpointLoad[]): ServiceLoad => ({ atMs, latencyMs: 100, endpoints });

test('static: as many as configured, within the bounds', () => {
  const policy = new StaticPolicy(8);
  expect(policy.targets(load(0, endpoint(), endpoint({ max: 5 }), endpoint({ min: 10 })))).toEqual([8, 5, 10]);
});

describe('reactive', () => {
  test('goes up at once, with headroom, each endpoint by its own load', () => {
    const policy = new ReactivePolicy();
    expect(policy.targets(load(0, endpoint({ concurrency: 70 }), endpoint({ key: 'b' })))).toEqual([100, 0]);
  });

  test('counts what is in flight now: the average may be of before', () => {
    const policy = new ReactivePolicy();
    expect(policy.targets(load(0, endpoint({ concurrency: 1, inFlight: 30 })))).toEqual([30]);
    const shared = { concurrency: 1, inFlight: 130, streamsPerConnection: 100, key: 'h2' };
    expect(policy.targets(load(0, endpoint(shared)))).toEqual([2]);
  });

  test('comes down by half in a minute, and keeps the last one for five', () => {
    const policy = new ReactivePolicy();
    policy.targets(load(0, endpoint({ concurrency: 70 })));
    expect(policy.targets(load(60_000, endpoint()))).toEqual([50]);
    expect(policy.targets(load(420_000, endpoint()))).toEqual([1]);
    expect(policy.targets(load(900_000, endpoint()))).toEqual([0]);
  });

  test('stays within the bounds', () => {
    const policy = new ReactivePolicy();
    const busy = { concurrency: 900, inFlight: 1_000 };
    expect(policy.targets(load(0, endpoint({ ...busy, max: 16 }), endpoint({ key: 'b', min: 2 })))).toEqual([16, 2]);
  });

  test('forgets an endpoint that went', () => {
    const policy = new ReactivePolicy();
    policy.targets(load(0, endpoint({ concurrency: 70 })));
    policy.targets(load(1));
    expect(policy.targets(load(2, endpoint()))).toEqual([0]);
  });
});

describe('predictive', () => {
  const forecast = (upper: number, error: number | null): Forecast => ({
    ...{ rate: upper, peak: upper, upper, error, model: 'level', seasonMs: null },
  });

  test('provides for the upper quantile, shared by the endpoints', () => {
    const policy = new PredictivePolicy(new ReactivePolicy(), () => forecast(1_400, 0.5));
    expect(policy.targets(load(0, endpoint(), endpoint({ key: 'b' })))).toEqual([100, 100]);
    expect(policy.trusted).toBe(true);
  });

  test('is never below what is needed now', () => {
    const policy = new PredictivePolicy(new ReactivePolicy(), () => forecast(1, 0.5));
    expect(policy.targets(load(0, endpoint({ concurrency: 70 }), endpoint({ key: 'b' })))).toEqual([100, 1]);
  });

  test('stays within the bounds', () => {
    const policy = new PredictivePolicy(new ReactivePolicy(), () => forecast(1e12, 0.5));
    expect(policy.targets(load(0, endpoint({ max: 16 })))).toEqual([16]);
  });

  test.each([
    ['while there is none', null],
    ['while its error is not known', forecast(1_400, null)],
    ['when it is worse than none', forecast(1_400, 1.01)],
    ['when it was never good', forecast(1_400, 0.95)],
  ])('is reactive without a forecast to trust: %s', (_name, none) => {
    const policy = new PredictivePolicy(new ReactivePolicy(), () => none);
    expect(policy.targets(load(0, endpoint({ concurrency: 7 })))).toEqual([15]);
    expect(policy.trusted).toBe(false);
  });

  test('needs a latency', () => {
    const policy = new PredictivePolicy(new ReactivePolicy(), () => forecast(1_400, 0.5));
    expect(policy.targets({ ...load(0, endpoint()), latencyMs: null })).toEqual([0]);
  });
});

test('trust is lost above 1, and comes back below 0.9', () => {
  const gate = new TrustGate();
  const errors = [0.95, 0.89, 0.95, 1, 1.01, 0.95, 0.89, null, 0.95, 0.5];
  expect(errors.map((error) => gate.trust(error))).toEqual([
    ...[false, true, true, true, false, false, true, false, false, true],
  ]);
});
