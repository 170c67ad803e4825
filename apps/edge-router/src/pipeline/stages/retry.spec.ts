import { Readable, PassThrough } from 'node:stream';
import { MethodOptions_IdempotencyLevel as Level } from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from '@jest/globals';
import { fromGrpcStatus, GatewayError, GrpcStatus } from '@gateway/errors';
import { GrpcCallError } from '@gateway/grpc-pool';
import type { EdgeRequest, EdgeResponse } from '@gateway/pipeline';
import { LatencyQuantile, RetryBudget } from '@gateway/resilience';
import { eventually, fakeClock } from '@gateway/testing';
import { answer, contextOf, edgeRequest, endpoint, grpcRoute, httpRoute } from '../../pipeline.fixture';
import type { RequestContext } from '../context';
import type { Route } from '../route';
import { retry } from './retry';

const refused = new GatewayError('GW_UPSTREAM_REFUSED', { cause: { code: 'ECONNREFUSED' } });
const reset = new GatewayError('GW_UPSTREAM_REFUSED', { cause: { code: 'ECONNRESET' } });
const endpoints = ['a', 'b', 'c', 'd'].map((id) => endpoint(id));

interface Given {
  readonly route?: Route;
  readonly request?: Partial<EdgeRequest>;
  readonly known?: Parameters<typeof contextOf>[1];
  readonly count?: number;
  readonly budget?: RetryBudget;
}

/** What is due now runs. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Sends a request through the stage to attempts that end as given, one after the other, each at an endpoint of its own. */
function send(
  ends: (EdgeResponse | Error | ((context: RequestContext) => Promise<EdgeResponse>))[],
  given: Given = {},
) {
  const { route = httpRoute(), request = {}, known = {}, count = endpoints.length, budget = new RetryBudget() } = given;
  const clock = fakeClock();
  const seen: { endpoint: string; avoid: string[]; deadlineAt: number; at: number }[] = [];
  const counted: string[] = [];
  const stage = retry(route, {
    clock,
    random: () => 0.999,
    budgetFor: () => budget,
    latencyFor: () => new LatencyQuantile(0.95),
    endpointCount: () => count,
    retryMetricsFor: (service) => ({
      retried: (reason) => counted.push(`${service} ${reason}`),
      exhausted: () => counted.push('exhausted'),
      hedged: (won) => counted.push(`hedged ${String(won)}`),
    }),
  });
  const context = contextOf(request, { deadlineAt: 1_000, ...known });
  const handler = stage!((attempt) => {
    const index = seen.length;
    attempt.endpoint = endpoints[index]!;
    const { deadlineAt } = attempt;
    seen.push({
      endpoint: attempt.endpoint.id,
      avoid: attempt.avoid.map(({ id }) => id),
      deadlineAt,
      at: clock.monotonic(),
    });
    const end = ends[index]!;
    if (end instanceof Error) throw end;
    return typeof end === 'function' ? end(attempt) : Promise.resolve(end);
  });
  const result = Promise.resolve(handler(context));
  result.catch(() => undefined);
  /** Lets time pass until the answer is there. */
  const settled = async () => {
    let done = false;
    const end = () => (done = true);
    result.then(end, end);
    for (await turn(); !done; await turn()) clock.advance(1);
    return result;
  };
  return { settled, result, seen, counted, budget, clock, context };
}

const grpcError = (status: number, trailers: string[] = [], isRefused = false) =>
  fromGrpcStatus(status, 'because', { cause: new GrpcCallError(status, 'because', isRefused, trailers) });

describe('an attempt that succeeds', () => {
  test('is the only one', async () => {
    const response = answer({ status: 500 });
    const { settled, seen, budget, counted } = send([response]);
    expect(await settled()).toBe(response);
    expect([seen.length, counted, budget.idle]).toEqual([1, [], true]);
  });

  test('may be the second or the third', async () => {
    const { settled, seen, counted, context, budget } = send([refused, answer({ status: 503 }), answer()]);
    expect((await settled()).status).toBe(200);
    expect(seen.map((each) => each.avoid)).toEqual([[], ['a'], ['a', 'b']]);
    expect(counted).toEqual(['web refused', 'web status']);
    expect([context.endpoint!.id, budget.idle]).toEqual(['c', true]);
  });
});

describe('attempts end', () => {
  test('after the policy’s number', async () => {
    const twice = send([reset, reset, reset, answer()]);
    await expect(twice.settled()).rejects.toBe(reset);
    expect(twice.seen).toHaveLength(3);
    const more = send([reset, reset, reset, answer()], { route: httpRoute({ policy: { retry: { maxRetries: 3 } } }) });
    expect((await more.settled()).status).toBe(200);
  });

  test('with the last answer, whole', async () => {
    const last = answer({ status: 503 });
    expect(await send([answer({ status: 503 }), answer({ status: 502 }), last]).settled()).toBe(last);
  });

  test('when nothing else would do better', async () => {
    const missing = grpcError(GrpcStatus.NOT_FOUND);
    const { settled, seen } = send([missing, answer()]);
    await expect(settled()).rejects.toBe(missing);
    expect(seen).toHaveLength(1);
  });

  test('when the time that is left is shorter than the pause', async () => {
    const { settled, seen } = send([reset, answer()], { known: { deadlineAt: 10 } });
    await expect(settled()).rejects.toBe(reset);
    expect(seen).toHaveLength(1);
  });

  test('when the service has no other endpoint and this one was not even asked', async () => {
    const open = new GatewayError('GW_CIRCUIT_OPEN');
    const alone = send([open, answer()], { count: 1 });
    await expect(alone.settled()).rejects.toBe(open);
    expect(alone.seen).toHaveLength(1);
    const among = send([open, answer()], { count: 2 });
    expect((await among.settled()).status).toBe(200);
    expect(among.seen[1]!.at).toBe(0);
  });

  test('when the budget is used up', async () => {
    const { settled, counted, seen } = send([reset, answer()], { budget: usedUp() });
    await expect(settled()).rejects.toBe(reset);
    expect([counted, seen.length]).toEqual([['exhausted'], 1]);
  });

  test('but the budget is not charged for what the service never saw', async () => {
    expect((await send([refused, answer()], { budget: usedUp() }).settled()).status).toBe(200);
  });
});

function usedUp(): RetryBudget {
  const budget = new RetryBudget();
  while (budget.tryRetry(0));
  return budget;
}

describe('a request is repeated only when that is safe', () => {
  const body = () => Readable.from([Buffer.from('x')]);
  const keyed = { method: 'POST', headers: ['idempotency-key', 'k'] };
  const honours = (mode: string) => httpRoute({ policy: { idempotency: { mode } } });

  test.each<[string, Error, Given, boolean]>([
    ['GET', reset, {}, true],
    ['HEAD', reset, { request: { method: 'HEAD' } }, true],
    ['PUT with a whole body', reset, { request: { method: 'PUT', body: Buffer.from('x') } }, true],
    ['DELETE', reset, { request: { method: 'DELETE' } }, true],
    ['POST', reset, { request: { method: 'POST' } }, false],
    ['PATCH', reset, { request: { method: 'PATCH' } }, false],
    ['POST that nobody got', refused, { request: { method: 'POST', body: Buffer.from('x') } }, true],
    ['POST with a key that the route honours', reset, { request: keyed, route: honours('OPTIONAL') }, true],
    ['POST with a key that it requires', reset, { request: keyed, route: honours('REQUIRED') }, true],
    ['POST with a key that it ignores', reset, { request: keyed }, false],
    ['POST without a key', reset, { request: { method: 'POST' }, route: honours('OPTIONAL') }, false],
    [
      'a stream that was read',
      refused,
      { request: { method: 'PUT', body: body() }, known: { bodyTaken: true } },
      false,
    ],
    ['a stream that nobody touched', refused, { request: { method: 'PUT', body: body() } }, true],
  ])('%s', async (_what, error, given, repeated) => {
    const { settled, seen } = send([error, answer()], given);
    if (repeated) expect((await settled()).status).toBe(200);
    else await expect(settled()).rejects.toBe(error);
    expect(seen).toHaveLength(repeated ? 2 : 1);
  });

  test.each<[string, Level, string, boolean]>([
    ['a method without side effects', Level.NO_SIDE_EFFECTS, 'POST', true],
    ['an idempotent method', Level.IDEMPOTENT, 'POST', true],
    ['any other', Level.IDEMPOTENCY_UNKNOWN, 'POST', false],
    ['a method that is bound to GET', Level.IDEMPOTENCY_UNKNOWN, 'GET', true],
  ])('gRPC: %s', async (_what, idempotency, method, repeated) => {
    const route = grpcRoute();
    const { target } = route;
    if (target.kind !== 'grpc') throw new Error('not gRPC');
    const declared = { ...route, target: { ...target, method: { ...target.method, idempotency } } };
    const lost = grpcError(GrpcStatus.UNAVAILABLE);
    // The message was made of a body that streamed.
    const known = { bodyTaken: true, message: {} as never };
    const given = { route: declared, request: { method, body: body() }, known };
    const { settled, seen } = send([lost, answer()], given);
    if (repeated) expect((await settled()).status).toBe(200);
    else await expect(settled()).rejects.toBe(lost);
    expect(seen).toHaveLength(repeated ? 2 : 1);
  });
});

describe('between attempts', () => {
  test('the pause doubles', async () => {
    const { settled, seen } = send([reset, reset, answer()]);
    await settled();
    const [first, second, third] = seen.map(({ at }) => at) as [number, number, number];
    expect([first, second, third]).toEqual([0, 25, 75]);
  });

  test('the service is given the time that it asks for', async () => {
    const { settled, seen } = send([grpcError(GrpcStatus.UNAVAILABLE, ['grpc-retry-pushback-ms', '200']), answer()]);
    await settled();
    expect(seen[1]!.at).toBe(200);
    const atOnce = send([answer({ status: 503, headers: ['retry-after', '0'] }), answer()]);
    await atOnce.settled();
    expect(atOnce.seen[1]!.at).toBe(0);
  });

  test('who asks for more is passed on, with what it asks for', async () => {
    const response = answer({ status: 503, headers: ['retry-after', '30'] });
    const { settled, seen } = send([response, answer()]);
    expect(await settled()).toBe(response);
    expect(seen).toHaveLength(1);
    const never = grpcError(GrpcStatus.UNAVAILABLE, ['grpc-retry-pushback-ms', '-1']);
    await expect(send([never, answer()]).settled()).rejects.toBe(never);
  });

  test('an answer that nobody gets is ended', async () => {
    const stream = new Readable({ read: () => undefined });
    const tunnel = new PassThrough();
    await send([answer({ status: 503, body: stream }), answer({ status: 502, tunnel }), answer()]).settled();
    expect([stream.destroyed, tunnel.destroyed]).toEqual([true, true]);
    // An error of what was thrown away is nobody's.
    stream.emit('error', new Error('late'));
  });

  test('nobody waits for a client that has gone', async () => {
    const request = edgeRequest();
    const gone = new GatewayError('GW_CLIENT_CLOSED');
    const { result, clock, seen } = send([reset, gone], { request });
    await eventually(() => clock.pending === 1);
    request.cancel();
    await expect(result).rejects.toBe(gone);
    expect([clock.pending, seen.length]).toEqual([0, 2]);
  });
});

describe('each attempt', () => {
  const route = httpRoute({ policy: { retry: { perTryTimeout: '0.1s' } } });

  test('has its own time within the whole', async () => {
    const late = new GatewayError('GW_TIMEOUT');
    const { settled, seen, context } = send([late, late, answer()], { route, known: { deadlineAt: 120 } });
    await settled();
    expect(seen.map(({ deadlineAt }) => deadlineAt)).toEqual([100, 120, 120]);
    expect(context.deadlineAt).toBe(120);
  });

  test('of a tunnel is timed too, not the tunnel', async () => {
    const given = { route, request: { upgrade: 'websocket' }, known: { deadlineAt: Infinity } };
    const { settled, seen, context } = send([refused, answer({ status: 101 })], given);
    expect((await settled()).status).toBe(101);
    expect([seen[0]!.deadlineAt, context.deadlineAt]).toEqual([100, Infinity]);
  });
});

describe('a route', () => {
  const ports = {} as never;

  test('that nobody answers but the gateway has nothing to repeat', () => {
    expect(retry(httpRoute({ target: { kind: 'none' } }), ports)).toBeNull();
  });

  test('may turn repeating off', () => {
    expect(retry(httpRoute({ policy: { retry: { maxRetries: 0 } } }), ports)).toBeNull();
  });

  test('says which statuses, how long and how much', async () => {
    const policy = { retry: { statuses: [429], backoffBase: '0.4s', budgetPercent: 0 } };
    const { settled, seen } = send([answer({ status: 429 }), answer({ status: 503 })], {
      route: httpRoute({ policy }),
    });
    expect((await settled()).status).toBe(503);
    expect(seen[1]!.at).toBe(400);
  });
});
