import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { fromGrpcStatus, GatewayError, GrpcStatus } from '@gateway/errors';
import { GrpcCallError } from '@gateway/grpc-pool';
import type { EdgeRequest, EdgeResponse } from '@gateway/pipeline';
import { LatencyQuantile, RetryBudget } from '@gateway/resilience';
import { eventually, fakeClock } from '@gateway/testing';
import { answer, contextOf, edgeRequest, endpoint, httpRoute } from '../pipeline.fixture';
import type { RequestContext } from './context';
import { retry } from './stages/retry';

const endpoints = ['a', 'b', 'c', 'd'].map((id) => endpoint(id));
const reset = new GatewayError('GW_UPSTREAM_PROTOCOL');
const gone = new GatewayError('GW_CLIENT_CLOSED');

/** An attempt that a test ends. */
interface Attempt {
  readonly context: RequestContext;
  readonly at: number;
  cancelled: boolean;
  answer(response: EdgeResponse): void;
  fail(error: Error): void;
}

interface Given {
  readonly policy?: object;
  readonly request?: Partial<EdgeRequest>;
  readonly count?: number;
  readonly latency?: LatencyQuantile;
}

/** A request whose attempts run until the test ends them; a cancelled one fails as a real one does. */
function start({ policy = {}, request = {}, count = 4, latency = new LatencyQuantile(0.95) }: Given = {}) {
  const clock = fakeClock();
  const budget = new RetryBudget();
  const attempts: Attempt[] = [];
  const counted: string[] = [];
  const hedged = { hedge: { delay: '0.05s' }, retry: { maxRetries: 0 }, ...policy } as never;
  const stage = retry(httpRoute({ policy: hedged }), {
    clock,
    random: () => 0,
    budgetFor: () => budget,
    latencyFor: () => latency,
    endpointCount: () => count,
    retryMetricsFor: () => ({
      retried: (reason) => counted.push(reason),
      exhausted: () => counted.push('exhausted'),
      hedged: (won) => counted.push(won ? 'won' : 'lost'),
    }),
  });
  const context = contextOf(request, { deadlineAt: 1_000 });
  const handler = stage!((own) => {
    own.endpoint = endpoints[attempts.length]!;
    return new Promise((resolve, reject) => {
      const attempt = { context: own, at: clock.monotonic(), cancelled: false, answer: resolve, fail: reject };
      attempts.push(attempt);
      own.onCancel(() => {
        attempt.cancelled = true;
        reject(gone);
      });
    });
  });
  const result = Promise.resolve(handler(context));
  result.catch(() => undefined);
  return { clock, budget, attempts, counted, context, result, latency };
}

describe('beside an attempt that is slow', () => {
  test('another one starts elsewhere, and its answer wins; the slow one is cancelled', async () => {
    const { clock, attempts, counted, context, result, budget } = start();
    clock.advance(49);
    expect(attempts).toHaveLength(1);
    clock.advance(1);
    expect(attempts[1]!.context.avoid).toEqual([endpoints[0]]);
    attempts[1]!.context.responseMessage = { of: 'b' } as never;
    attempts[1]!.answer(answer({ status: 201 }));
    expect((await result).status).toBe(201);
    expect(attempts.map(({ cancelled }) => cancelled)).toEqual([true, false]);
    expect([context.endpoint, context.responseMessage]).toEqual([endpoints[1], { of: 'b' }]);
    expect(counted).toEqual(['won']);
    await eventually(() => budget.idle);
    expect(clock.pending).toBe(0);
  });

  test('the first may still win; the other one is cancelled', async () => {
    const { clock, attempts, counted, context, result, budget } = start();
    clock.advance(50);
    attempts[0]!.answer(answer());
    await result;
    expect(attempts.map(({ cancelled }) => cancelled)).toEqual([false, true]);
    expect([context.endpoint, counted]).toEqual([endpoints[0], ['lost']]);
    await eventually(() => budget.idle);
  });

  test('what the loser finds out later is nobody’s, and its answer is ended', async () => {
    const { clock, attempts, context, result } = start();
    clock.advance(50);
    const late = new Readable({ read: () => undefined });
    // Both answers arrive in the same turn of the event loop.
    attempts[1]!.answer(answer());
    attempts[0]!.answer(answer({ body: late }));
    await result;
    await eventually(() => late.destroyed);
    attempts[0]!.context.endpoint = endpoints[3]!;
    expect(context.endpoint).toBe(endpoints[1]);
  });

  test('as many start as the policy says, each after the delay', async () => {
    const { clock, attempts, result } = start({ policy: { hedge: { delay: '0.05s', maxHedges: 2 } } });
    clock.advance(500);
    expect(attempts.map(({ at }) => at)).toEqual([0, 50, 100]);
    expect(attempts[2]!.context.avoid).toEqual([endpoints[0], endpoints[1]]);
    attempts[2]!.answer(answer());
    await result;
  });
});

describe('none starts', () => {
  test('when the first is quick', async () => {
    const { clock, attempts, counted, result } = start();
    attempts[0]!.answer(answer());
    await result;
    expect([clock.pending, counted]).toEqual([0, []]);
  });

  test('without another endpoint', () => {
    const { clock, attempts } = start({ count: 1 });
    clock.advance(500);
    expect(attempts).toHaveLength(1);
  });

  test('without room in the budget', () => {
    const { clock, attempts, budget, counted } = start();
    for (let i = 0; i < 3; i++) budget.tryRetry(20);
    clock.advance(500);
    expect([attempts.length, counted]).toEqual([1, ['exhausted']]);
  });

  test.each<[string, Partial<EdgeRequest>]>([
    ['that must not be repeated', { method: 'POST' }],
    ['for a tunnel', { upgrade: 'websocket' }],
    ['whose body streams', { method: 'PUT', body: Readable.from([]) }],
  ])('for a request %s', (_what, request) => {
    const { clock, attempts, context } = start({ request });
    if (request.body !== undefined) context.takeBody();
    clock.advance(500);
    expect(attempts).toHaveLength(request.body === undefined ? 1 : 2);
  });

  test('for a body that somebody has begun to read', async () => {
    const { clock, attempts, result, context } = start({
      request: { method: 'PUT', body: Readable.from([]) },
      policy: { retry: { maxRetries: 1 } },
    });
    context.takeBody();
    attempts[0]!.fail(reset);
    await expect(result).rejects.toBe(reset);
    clock.advance(500);
    expect(attempts).toHaveLength(1);
  });
});

describe('a failure', () => {
  test('waits for the others, and is not asked again', async () => {
    const { clock, attempts, result, context } = start({ policy: { hedge: { delay: '0.05s', maxHedges: 2 } } });
    clock.advance(50);
    attempts[0]!.fail(reset);
    await eventually(() => context.avoid.length === 1);
    clock.advance(50);
    expect(attempts[2]!.context.avoid).toEqual([endpoints[0], endpoints[1]]);
    const body = new Readable({ read: () => undefined });
    attempts[1]!.answer(answer({ status: 503, body }));
    await eventually(() => body.destroyed);
    attempts[2]!.answer(answer());
    expect((await result).status).toBe(200);
  });

  test('of the gateway to begin another one leaves the first in the race', async () => {
    const { clock, attempts, result, counted } = start();
    clock.advance(50);
    attempts[1]!.context.endpoint = null;
    attempts[1]!.fail(new GatewayError('GW_NO_INSTANCE'));
    await new Promise((resolve) => setImmediate(resolve));
    attempts[0]!.answer(answer());
    expect((await result).status).toBe(200);
    expect(counted).toEqual(['lost']);
  });

  test('of all of them is the request’s, and may be retried', async () => {
    const { clock, attempts, result, counted } = start({ policy: { retry: { maxRetries: 1 } } });
    clock.advance(50);
    attempts[0]!.fail(reset);
    attempts[1]!.fail(reset);
    await eventually(() => attempts.length === 3);
    expect(attempts[2]!.context.avoid).toEqual([endpoints[0], endpoints[1]]);
    attempts[2]!.answer(answer());
    expect((await result).status).toBe(200);
    expect(counted).toEqual(['lost', 'failed']);
  });

  test('that the service means is an answer', async () => {
    const { clock, attempts, result } = start();
    clock.advance(50);
    const cause = new GrpcCallError(GrpcStatus.NOT_FOUND, 'no such thing', false, []);
    const missing = fromGrpcStatus(cause.status, cause.details, { cause });
    attempts[0]!.fail(missing);
    await expect(result).rejects.toBe(missing);
    expect(attempts[1]!.cancelled).toBe(true);
  });
});

test('when the client goes, all attempts end, also the one whose body is on its way', async () => {
  const request = edgeRequest();
  const running = start({ request });
  running.clock.advance(50);
  request.cancel();
  await expect(running.result).rejects.toBe(gone);
  expect(running.attempts.map(({ cancelled }) => cancelled)).toEqual([true, true]);
  const second = edgeRequest();
  const answered = start({ request: second });
  answered.attempts[0]!.answer(answer({ body: new Readable({ read: () => undefined }) }));
  await answered.result;
  second.cancel();
  expect(answered.attempts[0]!.cancelled).toBe(true);
});

test('without a delay it is the route’s own latency, once that is known', async () => {
  const latency = new LatencyQuantile(0.95);
  const policy = { hedge: {} };
  const unknown = start({ latency, policy });
  unknown.clock.advance(500);
  expect(unknown.attempts).toHaveLength(1);
  unknown.attempts[0]!.answer(answer());
  await unknown.result;
  for (let i = 0; i < 19; i++) latency.record(500);
  const known = start({ latency, policy });
  known.clock.advance(450);
  expect(known.attempts).toHaveLength(1);
  known.clock.advance(150);
  expect(known.attempts).toHaveLength(2);
});

test('each attempt has its own time', () => {
  const { clock, attempts } = start({ policy: { retry: { maxRetries: 0, perTryTimeout: '0.1s' } } });
  clock.advance(50);
  expect(attempts.map(({ context }) => context.deadlineAt)).toEqual([100, 150]);
});
