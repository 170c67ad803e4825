import { expect, test } from '@jest/globals';
import type { LoadSample } from '@gateway/resilience';
import { fakeClock } from '@gateway/testing';
import { Registry } from 'prom-client';
import { OverloadGuard } from './overload-guard';
import { ResilienceMetrics } from './resilience-metrics';
import { ResilienceState } from './resilience-state';
import { endpoint, httpRoute } from '../pipeline.fixture';
import { breakerOptions } from '../pipeline/stages/break-circuit';

const calm: LoadSample = { eventLoopDelayMs: 1, memory: 0.2, inFlight: 3 };
const limits = { maxEventLoopDelayMs: 100, maxInFlight: 10 };

function guardOf() {
  const clock = fakeClock();
  const source = { next: calm, closed: false, sample: () => source.next, close: () => void (source.closed = true) };
  return { clock, source, guard: new OverloadGuard(clock, source, limits) };
}

test('the load is looked at four times a second, and what it means is said until the next time', () => {
  const { clock, source, guard } = guardOf();
  expect(guard.report()).toEqual({ level: 0, shedding: [], last: null, limits });
  source.next = { ...calm, inFlight: 10 };
  clock.advance(249);
  expect(guard.sheds('sheddable')).toBe(false);
  clock.advance(1);
  expect([guard.sheds('sheddable'), guard.sheds('critical'), guard.level]).toEqual([true, true, 1]);
  expect(guard.report()).toMatchObject({ shedding: ['sheddable', 'normal', 'critical'], last: { inFlight: 10 } });
  source.next = calm;
  clock.advance(250);
  expect(guard.report().shedding).toEqual([]);
});

test('it stops measuring when it is closed', () => {
  const { clock, source, guard } = guardOf();
  guard.close();
  expect([clock.pending, source.closed]).toEqual([0, true]);
});

test('metrics say what is held back', async () => {
  const { clock, source, guard } = guardOf();
  const [registry, state] = [new Registry(), new ResilienceState(clock)];
  const metrics = new ResilienceMetrics(registry, state, guard);
  const { retried, exhausted, hedged } = metrics.retryMetricsFor('web');
  retried('refused');
  retried('refused');
  exhausted();
  hedged(true);
  hedged(false);
  metrics.shedCounterFor('sheddable')();
  source.next = { ...calm, inFlight: 9 };
  clock.advance(250);
  const route = httpRoute({ policy: { circuitBreaker: { consecutiveErrors: 1 } } });
  const breaker = state.breakersFor(route, breakerOptions(route)).of(endpoint('a'));
  breaker.settle(breaker.tryEnter(0)!, 'failed', clock.monotonic());
  state.loadsFor('web')(endpoint('a')).tryEnter(50, true);
  state.loadsFor('web')(endpoint('b')).tryEnter(50, false);
  const lines = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(lines.sort()).toEqual([
    'gateway_breaker_state{service="web",route="test",endpoint="a:1"} 2',
    'gateway_concurrency_limit{service="web",endpoint="a:1"} 20',
    'gateway_hedges_total{service="web",won="false"} 1',
    'gateway_hedges_total{service="web",won="true"} 1',
    expect.stringMatching(/^gateway_overload_level 0\.5/),
    'gateway_retries_total{service="web",reason="refused"} 2',
    'gateway_retry_budget_exhausted_total{service="web"} 1',
    'gateway_shed_total{priority="sheddable"} 1',
  ]);
});
