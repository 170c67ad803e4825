import { describe, expect, test } from '@jest/globals';
import { create, toBinary } from '@bufbuild/protobuf';
import { GrpcStatus } from '@gateway/errors';
import { GrpcCallError, type UnaryOptions, type UnaryResult } from '@gateway/grpc-pool';
import { getHeader } from '@gateway/pipeline';
import { fakeClock } from '@gateway/testing';
import type { Endpoint } from '../upstreams/endpoint';
import {
  contextOf,
  edgeRequest,
  endpoint,
  grpcRoute,
  METHOD,
  METHOD_PATH,
  NO_CALLS,
  FORWARDING,
  rpcRoute,
} from '../pipeline.fixture';
import { RequestContext } from './context';
import { describeForwardGrpc } from './forward-grpc';
import type { GrpcTarget } from './route';
import { forward } from './stages/forward';

const a = endpoint('a');
const allowed: UnaryResult = {
  bytes: Buffer.from(toBinary(METHOD.output, create(METHOD.output, { allowed: true }))),
  headers: [],
  trailers: [],
};
const failure = (status: number) => new GrpcCallError(status, 'because', false, []);

/** Calls that end as given, one after the other. */
function caller(...ends: (UnaryResult | Error)[]) {
  const calls: { endpoint: Endpoint; path: string; request: Uint8Array; options: UnaryOptions }[] = [];
  const unary = (to: Endpoint, path: string, request: Uint8Array, options: UnaryOptions): Promise<UnaryResult> => {
    calls.push({ endpoint: to, path, request, options });
    const end = ends[calls.length - 1]!;
    return end instanceof Error ? Promise.reject(end) : Promise.resolve(end);
  };
  return { ...NO_CALLS, calls, unary };
}

const NO_HTTP = {
  send: () => Promise.reject(new Error('not HTTP')),
  tunnel: () => Promise.reject(new Error('not HTTP')),
};

function call(grpc: ReturnType<typeof caller>, known: Parameters<typeof contextOf>[1] = {}, route = grpcRoute()) {
  const ports = { ...FORWARDING, clock: fakeClock(), grpc, http: NO_HTTP, tunnelOpened: () => () => undefined };
  const message = create(METHOD.input, { subject: 'bob' });
  const context = contextOf({}, { message, endpoint: a, deadlineAt: 700, ...known });
  return { context, answer: Promise.resolve(forward(route, ports)(context)) };
}

describe('forward to gRPC', () => {
  test("sends the message with the caller's identity and what is left of the time, and writes JSON", async () => {
    const grpc = caller(allowed);
    const { context, answer } = call(grpc);
    const response = await answer;
    expect(response).toMatchObject({ status: 200, headers: ['content-type', 'application/json'] });
    expect(JSON.parse(String(response.body))).toEqual({ allowed: true });
    expect(context.responseMessage).toMatchObject({ allowed: true });
    expect(grpc.calls[0]).toMatchObject({ endpoint: a, path: METHOD_PATH });
    expect(grpc.calls[0]!.options).toMatchObject({ deadlineMs: 700, metadata: ['x-request-id', 'r1'] });
    expect(Buffer.from(grpc.calls[0]!.request)).toEqual(Buffer.from([0x0a, 3, 0x62, 0x6f, 0x62]));
  });

  test("gives RPC clients the message as it came, and what they may have of the service's metadata", async () => {
    const result = { ...allowed, headers: ['x-shelf', 'b4', 'date', 'now'], trailers: ['x-took-bin', 'AQ', 'y', '1'] };
    const { context, answer } = call(caller(result), {}, rpcRoute());
    const { status, headers, body, trailers } = await answer;
    expect([status, headers, trailers!()]).toEqual([200, ['x-shelf', 'b4'], ['x-took-bin', 'AQ']]);
    expect(body).toBe(allowed.bytes);
    // Nobody looks into it.
    expect(context.responseMessage).toBeNull();
  });

  test('decodes a message for RPC clients where a stage looks into it, and keeps a copy where it is cached', async () => {
    const emits = [{ event: 'checked', fields: ['allowed'] }];
    const emitting = call(caller(allowed), {}, rpcRoute({ policy: { emits, cache: { ttl: '1s' } } }));
    expect((await emitting.answer).body).toEqual(allowed.bytes);
    expect((await emitting.answer).body).not.toBe(allowed.bytes);
    expect(emitting.context.responseMessage).toMatchObject({ allowed: true });
    const route = rpcRoute();
    const check = { check: () => null };
    const rules = { request: null, response: check } as never;
    const checked = call(caller(allowed), {}, { ...route, target: { ...(route.target as GrpcTarget), rules } });
    await checked.answer;
    expect(checked.context.responseMessage).toMatchObject({ allowed: true });
  });

  test('ends when the client goes', () => {
    const grpc = caller(allowed);
    const request = edgeRequest();
    const context = Object.assign(new RequestContext(request, 0), { message: create(METHOD.input), endpoint: a });
    const ports = { ...FORWARDING, clock: fakeClock(), grpc, http: NO_HTTP, tunnelOpened: () => () => undefined };
    void forward(grpcRoute(), ports)(context);
    let cancelled = false;
    grpc.calls[0]!.options.onCancel!(() => (cancelled = true));
    request.cancel();
    expect(cancelled).toBe(true);
  });

  test('passes on when its caller may come back', async () => {
    const pushedBack = (value: string) =>
      caller(new GrpcCallError(GrpcStatus.UNAVAILABLE, 'busy', false, ['grpc-retry-pushback-ms', value]));
    await expect(call(pushedBack('1500')).answer).rejects.toMatchObject({ context: { retryAfter: 2 } });
    await expect(call(pushedBack('never')).answer).rejects.toMatchObject({ context: { retryAfter: undefined } });
  });

  test('gives the service the key of a call that may be repeated, where the route honours keys', async () => {
    const metadataOf = async (mode: string, key: string) => {
      const grpc = caller(allowed);
      const route = grpcRoute({ policy: { idempotency: { mode } } });
      const headers = ['idempotency-key', key];
      await call(grpc, { headers }, route).answer;
      return getHeader([...grpc.calls[0]!.options.metadata!], 'idempotency-key');
    };
    expect(await metadataOf('OPTIONAL', 'k1')).toBe('k1');
    expect(await metadataOf('REQUIRED', 'k1')).toBe('k1');
    expect(await metadataOf('NONE', 'k1')).toBeUndefined();
    expect(await metadataOf('OPTIONAL', 'k'.repeat(257))).toBeUndefined();
    // Metadata can't carry it.
    expect(await metadataOf('OPTIONAL', 'k\u00e91')).toBeUndefined();
    const without = caller(allowed);
    await call(without, {}, grpcRoute({ policy: { idempotency: { mode: 'OPTIONAL' } } })).answer;
    expect(without.calls[0]!.options.metadata).toEqual(['x-request-id', 'r1']);
  });

  test('lets through the headers that the policy names, both ways, and no other', async () => {
    const headers = ['x-tenant', 't1', 'accept-language', 'caf\u00e9', 'x-other', 'o'];
    const metadata = ['x-shelf', '7', 'x-secret', 's', 'x-shelf', '8', 'x-broken', 'a\r\nb: c'];
    const transcoding = {
      requestHeaders: ['X-Tenant', 'accept-language', 'x-absent'],
      responseHeaders: ['X-Shelf', 'x-broken', 'x-absent'],
    };
    const grpc = caller({ ...allowed, headers: metadata }, { ...allowed, headers: metadata });
    const response = await call(grpc, { headers }, grpcRoute({ policy: { transcoding } })).answer;
    expect(response.headers).toEqual(['content-type', 'application/json', 'x-shelf', '7', 'x-shelf', '8']);
    expect(grpc.calls[0]!.options.metadata).toEqual(['x-request-id', 'r1', 'x-tenant', 't1']);
    expect((await call(grpc, { headers }).answer).headers).toEqual(['content-type', 'application/json']);
    expect(grpc.calls[1]!.options.metadata).toEqual(['x-request-id', 'r1']);
  });

  test('answers a status by the table, and passes on what is no status', async () => {
    await expect(call(caller(failure(GrpcStatus.NOT_FOUND))).answer).rejects.toMatchObject({
      code: 'GW_NOT_FOUND',
      context: { detail: 'because' },
    });
    await expect(call(caller(new TypeError('bug'))).answer).rejects.toThrow(TypeError);
  });
});

test('says of a streaming call which sides stream', () => {
  const target = grpcRoute().target as GrpcTarget;
  expect(describeForwardGrpc(target).streaming).toBeNull();
  const streaming = { client: false, server: true };
  expect(describeForwardGrpc({ ...target, streaming }).streaming).toEqual(streaming);
});
