import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { GatewayError } from '@gateway/errors';
import type { EdgeResponse } from '@gateway/pipeline';
import { eventually, fakeClock } from '@gateway/testing';
import { answer, contextOf, endpoint, httpRoute, refusal, run } from '../../pipeline.fixture';
import { ResilienceState } from '../../resilience/resilience-state';
import { ROUTE_IS_FULL } from '../attempt-failure';
import { limitConcurrency } from './limit-concurrency';

const [a, b] = [endpoint('a'), endpoint('b')];

function limited(policy = {}, clock = fakeClock(), state = new ResilienceState(clock)) {
  const stage = limitConcurrency(httpRoute({ policy: { concurrency: policy } }), {
    clock,
    loadsFor: (service) => state.loadsFor(service),
    bulkheadFor: (route) => state.bulkheadFor(route),
  });
  /** A call that runs until the test ends it. */
  const begin = (at = a, upgrade = '') => {
    let end!: (response: EdgeResponse | Error) => void;
    const running = new Promise<EdgeResponse>((resolve, reject) => {
      end = (response) => (response instanceof Error ? reject(response) : resolve(response));
    });
    const result = run(stage, contextOf({ upgrade }, { endpoint: at }), () => running);
    result.catch(() => undefined);
    return { end, result };
  };
  const refused = (at = a) => refusal(stage, contextOf({}, { endpoint: at }));
  const inFlight = () => state.endpointLoads().map((load) => load.inFlight);
  return { clock, state, begin, refused, inFlight, stage };
}

test('an instance has so many calls and no more, and another one has its own', async () => {
  const { begin, refused, inFlight } = limited({ perInstance: 2 });
  const calls = [begin(), begin()];
  expect(await refused()).toMatchObject({ code: 'GW_UPSTREAM_OVERLOADED', context: { retryAfter: 1 } });
  begin(b);
  expect(inFlight()).toEqual([2, 1]);
  calls[0]!.end(answer());
  await calls[0]!.result;
  expect(inFlight()).toEqual([1, 1]);
});

test('all routes count together, each with its own limit', async () => {
  const wide = limited({ perInstance: 10 });
  const narrow = limited({ perInstance: 2 }, wide.clock, wide.state);
  wide.begin();
  wide.begin();
  expect(await narrow.refused()).toMatchObject({ code: 'GW_UPSTREAM_OVERLOADED' });
  wide.begin();
  expect(wide.inFlight()).toEqual([3]);
});

test('a route has so many calls, wherever they go', async () => {
  const { begin, refused, inFlight } = limited({ perRoute: 2, perInstance: 2 });
  const calls = [begin(), begin(b)];
  expect(await refused()).toMatchObject({ code: 'GW_UPSTREAM_OVERLOADED', context: { cause: ROUTE_IS_FULL } });
  calls[1]!.end(new Error('lost'));
  await expect(calls[1]!.result).rejects.toThrow('lost');
  const third = begin();
  // The instance is full, not the route: nothing of the route's room is lost by that.
  third.end(answer());
  await third.result;
  begin();
  expect(await refused()).toMatchObject({ code: 'GW_UPSTREAM_OVERLOADED' });
  expect(inFlight()).toEqual([2]);
});

test('a full instance takes nothing of the room of the route', async () => {
  const { begin, refused } = limited({ perRoute: 2, perInstance: 1 });
  const first = begin();
  for (let i = 0; i < 3; i++) expect(await refused()).not.toMatchObject({ context: { cause: ROUTE_IS_FULL } });
  begin(b);
  expect(await refused()).toMatchObject({ context: { cause: ROUTE_IS_FULL } });
  first.end(answer());
});

test('a call holds its room until the last byte of its answer, or until nobody wants it', async () => {
  const { begin, inFlight } = limited();
  const [read, thrown] = [begin(), begin()];
  const body = Readable.from([Buffer.from('x')]);
  read.end(answer({ body }));
  const unread = new Readable({ read: () => undefined });
  thrown.end(answer({ body: unread }));
  await Promise.all([read.result, thrown.result]);
  expect(inFlight()).toEqual([2]);
  body.resume();
  unread.destroy();
  await eventually(() => inFlight().length === 0);
});

test('a call that began in an earlier life of its endpoint does not end in the next one', async () => {
  const { begin, inFlight, state } = limited({ perInstance: 1 });
  const old = begin();
  state.release(a);
  begin();
  expect(inFlight()).toEqual([1]);
  old.end(answer());
  await old.result;
  expect(inFlight()).toEqual([1]);
});

describe('an adaptive limit', () => {
  test('starts below the ceiling and refuses above it', async () => {
    const { begin, refused, state } = limited({ adaptive: true, perInstance: 100 });
    Array.from({ length: 20 }, () => begin());
    expect(await refused()).toMatchObject({ code: 'GW_UPSTREAM_OVERLOADED' });
    expect(state.endpointLoads()).toEqual([{ service: 'web', endpoint: 'a:1', inFlight: 20, limit: 20 }]);
  });

  test('learns from what calls take, not from those that say nothing', async () => {
    const { begin, state, clock } = limited({ adaptive: true, perInstance: 100 });
    const round = async (ms: number, end: EdgeResponse | Error) => {
      const calls = Array.from({ length: 15 }, () => begin());
      clock.advance(ms);
      for (const call of calls) call.end(end);
      await Promise.allSettled(calls.map(({ result }) => result));
    };
    const limit = () => state.endpointLoads()[0]!.limit!;
    await round(2_000, new GatewayError('GW_CLIENT_CLOSED'));
    await round(2_000, new GatewayError('GW_UPSTREAM_REFUSED', { cause: { code: 'ECONNREFUSED' } }));
    expect(limit()).toBe(20);
    for (let i = 0; i < 5; i++) await round(1_000, answer());
    expect(limit()).toBeGreaterThan(20);
    const before = limit();
    for (let i = 0; i < 5; i++) await round(20_000, new GatewayError('GW_TIMEOUT'));
    expect(limit()).toBeLessThan(before);
  });
});

describe('not for', () => {
  test('tunnels', async () => {
    const { begin, inFlight } = limited({ perInstance: 1 });
    const tunnels = [begin(a, 'websocket'), begin(a, 'websocket')];
    tunnels.forEach(({ end }) => end(answer({ status: 101 })));
    expect((await Promise.all(tunnels.map(({ result }) => result))).map(({ status }) => status)).toEqual([101, 101]);
    expect(inFlight()).toEqual([]);
  });

  test('what the gateway answers itself', () => {
    expect(limitConcurrency(httpRoute({ target: { kind: 'none' } }), {} as never)).toBeNull();
  });
});
