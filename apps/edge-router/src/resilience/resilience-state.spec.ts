import { describe, expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { endpoint, httpRoute } from '../pipeline.fixture';
import { breakerOptions } from '../pipeline/stages/break-circuit';
import { ResilienceState } from './resilience-state';
import { StateTable } from './state-table';

const a = endpoint('a');
const timed = () => new ResilienceState(fakeClock());
const route = httpRoute({ policy: { circuitBreaker: { consecutiveErrors: 1 } } });

/** The route's breaker for an endpoint, open. */
function opened(state: ResilienceState, of = route, at = a): void {
  const breaker = state.breakersFor(of, breakerOptions(of)).of(at);
  breaker.settle(breaker.tryEnter(0)!, 'failed', 0);
}

describe('breakers', () => {
  test('survive a new snapshot', () => {
    const state = timed();
    opened(state);
    const again = httpRoute({ policy: { circuitBreaker: { consecutiveErrors: 1 } } });
    expect(state.isBlocked(again, a)).toBe(false);
    state.breakersFor(again, breakerOptions(again));
    expect(state.isBlocked(again, a)).toBe(true);
  });

  test('begin anew when the policy has changed', () => {
    const state = timed();
    opened(state);
    const changed = httpRoute({ policy: { circuitBreaker: { consecutiveErrors: 2 } } });
    state.breakersFor(changed, breakerOptions(changed));
    expect(state.openBreakers()).toEqual([]);
  });

  test('are each route’s own', () => {
    const state = timed();
    opened(state);
    const other = { ...route, scope: 'other' };
    state.breakersFor(other, breakerOptions(other));
    expect([state.isBlocked(route, a), state.isBlocked(other, a)]).toEqual([true, false]);
    expect(state.openBreakers()).toEqual([
      { service: 'web', route: 'test', endpoint: 'a:1', state: 'open', waitMs: 1_000 },
    ]);
  });

  test('are forgotten when their endpoint begins another life, and not when its neighbour does', () => {
    const state = timed();
    opened(state);
    state.release(endpoint('b'));
    state.release(endpoint('a', { address: 'elsewhere:1' }));
    expect(state.isBlocked(route, a)).toBe(true);
    state.release(endpoint('a', { generation: '1/2' }));
    expect(state.isBlocked(route, a)).toBe(false);
  });

  test('are bounded', () => {
    const state = timed();
    const breakers = state.breakersFor(route, breakerOptions(route));
    for (let i = 0; i <= 1_000; i++) breakers.of(endpoint(`e${i}`));
    expect([breakers.find(endpoint('e0')), breakers.find(endpoint('e1000'))]).toEqual([undefined, expect.anything()]);
  });
});

describe('what runs', () => {
  test('is counted by service, and shown while it runs', () => {
    const state = timed();
    const load = state.loadsFor('web')(a);
    load.tryEnter(5, false);
    state.budgetFor('web').started();
    expect(state.endpointLoads()).toEqual([{ service: 'web', endpoint: 'a:1', inFlight: 1, limit: null }]);
    expect(state.runningBudgets()).toEqual([{ service: 'web', running: 1, retrying: 0 }]);
    load.leave(null, false);
    state.budgetFor('web').ended();
    expect([state.endpointLoads(), state.runningBudgets()]).toEqual([[], []]);
  });

  test('is one count for all who ask', () => {
    const state = timed();
    expect(state.bulkheadFor(route)).toBe(state.bulkheadFor({ ...route }));
    expect(state.latencyFor(route)).toBe(state.latencyFor({ ...route }));
    expect(state.budgetFor('web')).toBe(state.budgetFor('web'));
    expect(state.loadsFor('web')(a)).toBe(state.loadsFor('web')(a));
    expect(state.loadsFor('web')(a)).not.toBe(state.loadsFor('shop')(a));
  });

  test('of a route that the gateway answers itself is nothing', () => {
    expect(() => timed().bulkheadFor(httpRoute({ target: { kind: 'none' } }))).toThrow(TypeError);
  });
});

test('a table forgets what is idle when there is too much', () => {
  const table = new StateTable<{ idle: boolean }>(2, ({ idle }) => idle);
  const busy = table.of('busy', () => ({ idle: false }));
  table.of('idle', () => ({ idle: true }));
  table.of('new', () => ({ idle: false }));
  expect(table.entries().map(([key]) => key)).toEqual(['busy', 'new']);
  expect(table.of('busy', () => ({ idle: true }))).toBe(busy);
  table.of('more', () => ({ idle: true }));
  expect(table.values()).toHaveLength(3);
});
