import { PassThrough, type Readable } from 'node:stream';
import { create, toBinary } from '@bufbuild/protobuf';
import type { DomainEvent } from '@gateway/contracts';
import { GatewayError, GrpcStatus } from '@gateway/errors';
import { GrpcCallError } from '@gateway/grpc-pool';
import type { EdgeResponse } from '@gateway/pipeline';
import { eventually, fakeClock } from '@gateway/testing';
import { describe, expect, test } from '@jest/globals';
import {
  answer,
  contextOf,
  endpoint,
  FORWARDING,
  METHOD,
  NO_CALLS,
  refusal,
  run,
  streamRoute,
} from '../pipeline.fixture';
import { ResilienceState } from '../resilience/resilience-state';
import type { Outcome } from './outcome';
import { cachePlan } from './cache-plan';
import { requestField } from './fields';
import { ScriptedStream } from './grpc-stream.fixture';
import { retryPlan } from './retry-plan';
import { breakCircuit } from './stages/break-circuit';
import { decode } from './stages/decode';
import { emit } from './stages/emit';
import { forward } from './stages/forward';
import { limitConcurrency } from './stages/limit-concurrency';
import { pickEndpoint } from './stages/pick-endpoint';
import { validate } from './stages/validate';
import { validateResponse } from './stages/validate-response';

const a = endpoint('a');
const clock = fakeClock();
const upload = { client: true, server: false };
const unavailable = new GatewayError('GW_UNAVAILABLE', {
  cause: new GrpcCallError(GrpcStatus.UNAVAILABLE, 'gone', false, []),
});

/** The answer of a streaming call, in a body or a tunnel; the test ends it. */
function streamed(inTunnel = false) {
  const rest = new PassThrough();
  let failure: GatewayError | null = null;
  const parts = inTunnel ? { status: 101, body: null, tunnel: rest } : { body: rest };
  const response: EdgeResponse = answer({ ...parts, failure: () => failure });
  const end = (error: GatewayError | null = null): void => {
    failure = error;
    rest.resume();
    rest.end();
  };
  return { response, end };
}

describe('how the stages treat a stream', () => {
  test('it is never cached, never hedged, and repeated only when nobody worked on it', () => {
    const policy = { cache: { ttl: '60s' }, hedge: { maxHedges: 1 } };
    const route = streamRoute({ policy });
    expect(cachePlan(route, clock)).toBeNull();
    const plan = retryPlan(route, route.target);
    expect(plan.hedge).toBeNull();
    expect(plan.isRepeatable(contextOf({ method: 'GET' }))).toBe(false);
    expect(plan.maxRetries).toBe(2);
  });

  test('a client that streams has no message before the call: fields are those of the path', () => {
    const route = streamRoute({}, upload);
    expect(decode(route, { clock, bodyLimit: 10 })).toBeNull();
    const context = contextOf({}, { captures: ['bob'] });
    expect(requestField(route, 'subject')(context)).toBe('bob');
    expect(requestField(route, 'permission')(context)).toBeUndefined();
  });

  describe('over a WebSocket', () => {
    const upgrade = { upgrade: 'websocket' };
    const down = { client: false, server: true };

    test('what would be the body comes later, so nothing is decoded', async () => {
      const route = streamRoute({ body: '*' }, down);
      const context = contextOf(upgrade, { captures: ['bob'] });
      await run(decode(route, { clock, bodyLimit: 10 }), context);
      expect(context.message).toBeNull();
      const rules = { check: () => [{ pointer: '/x', rule: 'type', detail: 'never right' }] };
      const ruled = { ...route, target: { ...route.target, rules: { request: rules, response: null } } };
      expect((await run(validate(ruled, FORWARDING), context)).status).toBe(200);
    });

    test('without one the handshake says it all', async () => {
      const context = contextOf(upgrade, { captures: ['bob'] });
      await run(decode(streamRoute({}, down), { clock, bodyLimit: 10 }), context);
      expect(context.message).toMatchObject({ subject: 'bob' });
    });

    test('a route that has to know its message refuses', async () => {
      const limit = { name: 'l', requests: 1, window: '1s', by: ['field:permission'] };
      const route = streamRoute({ body: '*', policy: { rateLimits: [limit] } }, down);
      const refused = await refusal(decode(route, { clock, bodyLimit: 10 }), contextOf(upgrade, { captures: ['bob'] }));
      expect(refused).toMatchObject({ code: 'GW_BAD_REQUEST' });
    });

    test('events of a client that streams are published at the end, too', async () => {
      const policy = { emits: [{ event: 'doc_changed', fields: ['subject'], room: '' }] };
      const published: DomainEvent[] = [];
      const stage = emit(streamRoute({ policy }, upload), {
        clock,
        origin: 'edge',
        invalidateLocally: () => undefined,
        publish: (event) => Promise.resolve(published.push(event)),
        onUnpublished: () => undefined,
      });
      const context = contextOf(upgrade, { captures: ['bob'] });
      await run(stage, context, () => answer({ status: 101 }));
      expect(published).toEqual([]);
      await context.atStreamEnd!();
      expect(published).toEqual([expect.objectContaining({ fields: { subject: 'bob' } })]);
      await run(stage, contextOf({}, { captures: ['bob'] }));
      expect(published).toHaveLength(2);
    });
  });

  test('messages are checked where they are forwarded, each on its side', () => {
    const rules = { check: () => null };
    const ruled = (streaming: typeof upload) => {
      const route = streamRoute({}, streaming);
      return { ...route, target: { ...route.target, rules: { request: rules, response: rules } } };
    };
    expect(validate(ruled(upload), FORWARDING)).toBeNull();
    expect(validateResponse(ruled(upload), FORWARDING)).not.toBeNull();
    const down = { client: false, server: true };
    expect(validate(ruled(down), FORWARDING)).not.toBeNull();
    expect(validateResponse(ruled(down), FORWARDING)).toBeNull();
  });

  test('events are published when it has ended', async () => {
    const published: DomainEvent[] = [];
    const route = streamRoute({ policy: { emits: [{ event: 'doc_changed', fields: ['subject'], room: '' }] } });
    const stage = emit(route, {
      clock,
      origin: 'edge',
      invalidateLocally: () => undefined,
      publish: (event) => Promise.resolve(published.push(event)),
      onUnpublished: () => undefined,
    });
    const context = contextOf({}, { message: create(METHOD.input, { subject: 'bob' }) });
    await run(stage, context);
    expect(published).toEqual([]);
    await context.atStreamEnd!();
    expect(published).toEqual([expect.objectContaining({ type: 'doc_changed', fields: { subject: 'bob' } })]);
  });

  test.each([false, true])('it has its room to its end, in a tunnel: %j', async (inTunnel) => {
    const state = new ResilienceState(clock);
    const stage = limitConcurrency(streamRoute(), {
      clock,
      loadsFor: (service) => state.loadsFor(service),
      bulkheadFor: (each) => state.bulkheadFor(each),
    });
    const { response, end } = streamed(inTunnel);
    await run(stage, contextOf({ upgrade: inTunnel ? 'websocket' : '' }, { endpoint: a }), () => response);
    expect(state.endpointLoads()[0]!.inFlight).toBe(1);
    end();
    await eventually(() => state.endpointLoads().every(({ inFlight }) => inFlight === 0));
  });

  test.each([false, true])('its endpoint is busy to its end, and blamed for it, in a tunnel: %j', async (inTunnel) => {
    const told: Outcome[] = [];
    const pick = { endpoint: a, answered: () => undefined, ended: (outcome: Outcome) => void told.push(outcome) };
    const stage = pickEndpoint(streamRoute(), { pickerFor: () => ({ pick: () => pick }) });
    const { response, end } = streamed(inTunnel);
    await run(stage, contextOf(), () => response);
    expect(told).toEqual([]);
    end(unavailable);
    await eventually(() => told.length === 1);
    expect(told).toEqual([{ kind: 'failed', why: 'UNAVAILABLE' }]);
  });

  describe('a breaker', () => {
    function guarded(halfOpen: boolean) {
      const time = fakeClock();
      const state = new ResilienceState(time);
      const route = streamRoute({ policy: { circuitBreaker: { consecutiveErrors: 1, open: '1s' } } });
      const breakers = state.breakersFor(route, { failures: 1, openMs: 1_000, maxOpenMs: 1_000, halfOpenCalls: 1 });
      if (halfOpen) {
        const breaker = breakers.of(a);
        breaker.settle(breaker.tryEnter(time.monotonic())!, 'failed', time.monotonic());
        time.advance(1_000);
      }
      const stage = breakCircuit(route, { clock: time, breakersFor: () => breakers });
      const state_ = () => breakers.find(a)?.state(time.monotonic()) ?? 'closed';
      const begin = async (inTunnel = false) => {
        const call = streamed(inTunnel);
        await run(stage, contextOf({ upgrade: inTunnel ? 'websocket' : '' }, { endpoint: a }), () => call.response);
        return call;
      };
      return { begin, state: state_ };
    }

    test('opens when a stream fails behind its head', async () => {
      const { begin, state } = guarded(false);
      const good = await begin();
      good.end();
      const bad = await begin(true);
      expect(state()).toBe('closed');
      bad.end(unavailable);
      await eventually(() => state() === 'open');
    });

    test('closes with the first message, and not with the head of a tunnel', async () => {
      const { begin, state } = guarded(true);
      await begin(true);
      expect(state()).toBe('half-open');
      await begin();
      expect(state()).toBe('closed');
    });
  });

  test('its end of the pipeline is that of its kind', async () => {
    const stream = new ScriptedStream();
    const http = { send: () => Promise.reject(new Error('not HTTP')), tunnel: () => Promise.reject(new Error()) };
    const grpc = { ...NO_CALLS, stream: () => stream };
    const handler = forward(streamRoute(), { ...FORWARDING, clock, http, grpc, tunnelOpened: () => () => undefined });
    stream.say(toBinary(METHOD.output, create(METHOD.output, { allowed: true })), null);
    const response = await handler(contextOf({}, { message: create(METHOD.input), endpoint: a }));
    expect(String((response.body as Readable).read())).toBe('{"allowed":true}\n');
    const socket = contextOf({ upgrade: 'websocket' }, { endpoint: a });
    expect(() => handler(socket)).toThrow(expect.objectContaining({ code: 'GW_BAD_REQUEST' }));
    const ports = { ...FORWARDING, clock, http, grpc, tunnelOpened: () => () => undefined };
    await expect((async () => forward(streamRoute({}, upload), ports)(contextOf()))()).rejects.toMatchObject({
      code: 'GW_UPGRADE_REQUIRED',
    });
  });
});
