import { describe, expect, test } from '@jest/globals';
import { GatewayError } from '@gateway/errors';
import { fakeClock } from '@gateway/testing';
import { answer, contextOf, endpoint, httpRoute, refusal, run } from '../../pipeline.fixture';
import { ResilienceState } from '../../resilience/resilience-state';
import { breakCircuit, breakerOptions } from './break-circuit';

const [a, b] = [endpoint('a'), endpoint('b')];
const timeout = new GatewayError('GW_TIMEOUT');
const refused = new GatewayError('GW_UPSTREAM_REFUSED', { cause: { code: 'ECONNREFUSED' } });

function guarded(policy = {}) {
  const clock = fakeClock();
  const state = new ResilienceState(clock);
  const route = httpRoute({ policy: { circuitBreaker: policy } });
  const stage = breakCircuit(route, { clock, breakersFor: (each, options) => state.breakersFor(each, options) });
  const call = async (end: number | Error, at = a) => {
    try {
      const next = () => (end instanceof Error ? Promise.reject(end) : answer({ status: end }));
      return (await run(stage, contextOf({}, { endpoint: at }), next)).status;
    } catch (error) {
      return (error as GatewayError).code;
    }
  };
  return { clock, state, route, stage, call };
}

test('after failures in a row the endpoint is left alone, and others are not', async () => {
  const { call, stage } = guarded();
  for (let i = 0; i < 4; i++) expect(await call(503)).toBe(503);
  expect(await call(timeout)).toBe('GW_TIMEOUT');
  expect(await call(200)).toBe('GW_CIRCUIT_OPEN');
  expect(await refusal(stage, contextOf({}, { endpoint: a }))).toMatchObject({ context: { retryAfter: 1 } });
  expect(await call(200, b)).toBe(200);
});

test('what the service means, what the client does and a refused connection do not count', async () => {
  const { call } = guarded();
  const harmless = [refused, new GatewayError('GW_CLIENT_CLOSED'), new GatewayError('GW_NOT_FOUND'), 500, 404];
  for (let i = 0; i < 5; i++) for (const end of harmless) await call(end);
  expect(await call(200)).toBe(200);
});

test('a success begins the count anew', async () => {
  const { call } = guarded({ consecutiveErrors: 2 });
  for (const end of [503, 200, 503, 200, 503]) expect(await call(end)).toBe(end);
});

test('a trial closes it, or opens it for longer', async () => {
  const { call, clock } = guarded({ consecutiveErrors: 1, open: '2s' });
  await call(timeout);
  clock.advance(2_000);
  expect(await call(504)).toBe(504);
  clock.advance(3_999);
  expect(await call(200)).toBe('GW_CIRCUIT_OPEN');
  clock.advance(1);
  // Somebody refuses: that is neither for nor against.
  expect(await call(refused)).toBe('GW_UPSTREAM_REFUSED');
  expect(await call(200)).toBe(200);
  expect(await call(200)).toBe(200);
});

test('failures of calls that began together open it once', async () => {
  const { stage, clock, state, route } = guarded({ consecutiveErrors: 2 });
  const ends: ((error: Error) => void)[] = [];
  const calls = Array.from({ length: 5 }, () =>
    run(stage, contextOf({}, { endpoint: a }), () => new Promise((_resolve, reject) => ends.push(reject))),
  );
  ends.forEach((end) => end(timeout));
  expect((await Promise.allSettled(calls)).every(({ status }) => status === 'rejected')).toBe(true);
  expect(state.isBlocked(route, a)).toBe(true);
  expect(state.openBreakers()).toMatchObject([{ endpoint: 'a:1', state: 'open', waitMs: 1_000 }]);
  clock.advance(1_000);
  expect(state.isBlocked(route, a)).toBe(false);
});

describe('not for', () => {
  test('a tunnel', async () => {
    const { call, stage } = guarded({ consecutiveErrors: 1 });
    await call(503);
    const tunnel = contextOf({ upgrade: 'websocket' }, { endpoint: a });
    expect((await run(stage, tunnel, () => answer({ status: 101 }))).status).toBe(101);
  });

  test('a route that has none', () => {
    const ports = {} as never;
    expect(breakCircuit(httpRoute({ policy: { circuitBreaker: { disabled: true } } }), ports)).toBeNull();
    expect(breakCircuit(httpRoute({ target: { kind: 'none' } }), ports)).toBeNull();
  });
});

test('what the policy does not say has a default', () => {
  expect(breakerOptions(httpRoute())).toEqual({ failures: 5, openMs: 1_000, maxOpenMs: 30_000, halfOpenCalls: 1 });
  const said = { consecutiveErrors: 3, open: '60s', halfOpenCalls: 2 };
  expect(breakerOptions(httpRoute({ policy: { circuitBreaker: said } }))).toEqual({
    ...{ failures: 3, openMs: 60_000, maxOpenMs: 60_000, halfOpenCalls: 2 },
  });
  expect(breakerOptions(httpRoute({ policy: { circuitBreaker: { maxOpen: '2s' } } })).maxOpenMs).toBe(2_000);
});
