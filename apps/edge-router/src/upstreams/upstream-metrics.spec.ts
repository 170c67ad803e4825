import { expect, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import { Registry } from 'prom-client';
import { contextOf, grpcRoute } from '../pipeline.fixture';
import type { OutcomeKind } from '../pipeline/outcome';
import { UpstreamMetrics } from './upstream-metrics';
import { instance, upstreamsOf } from './upstreams.fixture';

const FAILING = { health: { state: registryV1.HealthState.FAILING, why: 'timeout' } };

function measured(list: readonly registryV1.Instance[]) {
  const registry = new Registry();
  const metrics = new UpstreamMetrics(registry, () => world.upstreams.all());
  const world = upstreamsOf(list, {
    listenerFor: ({ service }) => ({ ...metrics.listenerFor(service), returned: () => undefined }),
  });
  const picker = world.upstreams.pickerFor(grpcRoute());
  const call = (id: string, kind: OutcomeKind, times: number): void => {
    const others = world.upstreams.endpoints('auth').filter((each) => each.id !== id);
    for (let i = 0; i < times; i++) {
      const pick = picker.pick(contextOf(), others)!;
      pick.answered();
      pick.ended({ kind, why: kind });
    }
  };
  const value = async (line: string): Promise<string | undefined> =>
    (await registry.metrics())
      .split('\n')
      .find((each) => each.startsWith(`${line} `))
      ?.slice(line.length + 1);
  return { ...world, call, value };
}

test('attempts, ejections and endpoints are counted by service', async () => {
  const list = [
    instance('a'),
    instance('b'),
    instance('c', FAILING),
    instance('d', { ejection: { why: 'quorum' } }),
    instance('e'),
    instance('f'),
    instance('g'),
  ];
  const { call, value } = measured(list);
  call('a', 'failed', 5);
  call('b', 'refused', 2);
  call('e', 'ok', 3);
  call('e', 'neutral', 1);
  expect(await value('gateway_upstream_requests_total{service="auth",outcome="failed"}')).toBe('5');
  expect(await value('gateway_upstream_requests_total{service="auth",outcome="ok"}')).toBe('3');
  expect(await value('gateway_outlier_ejections_total{service="auth",reason="failures"}')).toBe('1');
  expect(await value('gateway_outlier_ejections_total{service="auth",reason="refused"}')).toBe('1');
  for (const [state, count] of Object.entries({
    usable: 3,
    ejected: 1,
    refusing: 1,
    failing: 1,
    'ejected-everywhere': 1,
  }))
    expect(await value(`gateway_endpoints{service="auth",state="${state}"}`)).toBe(String(count));
  expect(await value('gateway_panic{service="auth"}')).toBe('0');
});

test('panic shows', async () => {
  const { call, value } = measured([instance('a'), instance('b', FAILING), instance('c', FAILING)]);
  call('a', 'ok', 1);
  expect(await value('gateway_panic{service="auth"}')).toBe('1');
});

test('an endpoint is shown with what speaks against it', () => {
  const { upstreams, clock, call } = measured([
    instance('a', { weight: 3 }),
    instance('b'),
    instance('c', FAILING),
    instance('d'),
  ]);
  const ledger = upstreams.ledgerOf('auth');
  const views = () => ledger.endpoints.map((each) => ledger.view(each));
  expect(views()[0]).toEqual({ weight: 3, state: 'usable', inFlight: 0, requests: 0, failures: 0 });
  ledger.endpoints[0]!.latency.observe(12.345, clock.monotonic());
  call('a', 'failed', 5);
  call('b', 'refused', 2);
  const [a, b, c] = views();
  expect(a).toEqual({
    weight: 3,
    state: 'ejected',
    ejected: {
      reason: 'failures',
      why: '5 failures in a row: failed',
      until: expect.stringMatching(/^2026-01-01T00:00:3\d/),
    },
    inFlight: 0,
    latencyMs: 12.35,
    requests: 5,
    failures: 5,
  });
  expect(b).toMatchObject({ state: 'refusing', ejected: { reason: 'refused', why: 'refused' } });
  expect(b!.ejected).not.toHaveProperty('until');
  expect(c).toMatchObject({ state: 'failing', ejected: { reason: 'health', why: 'timeout' } });
});
