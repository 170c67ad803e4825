import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { type EdgeRequest, type EdgeResponse, getHeader } from '@gateway/pipeline';
import { fakeClock } from '@gateway/testing';
import type { HttpEndpoint, UpstreamRequest } from '../engine/http-client';
import type { Endpoint } from '../upstreams/endpoint';
import { OpenTunnels } from '../upstreams/open-tunnels';
import {
  answer,
  contextOf,
  edgeRequest,
  endpoint,
  httpRoute,
  NO_CALLS,
  FORWARDING,
  type RouteGiven,
} from '../pipeline.fixture';
import { RequestContext } from './context';
import { forward } from './stages/forward';

const a = endpoint('a');

/** An upstream whose exchanges end as given, one after the other. */
function upstream(...ends: (EdgeResponse | Error)[]) {
  const sent: { to: HttpEndpoint; request: UpstreamRequest; protocol?: string }[] = [];
  const take = (to: HttpEndpoint, request: UpstreamRequest, protocol?: string): Promise<EdgeResponse> => {
    sent.push({ to, request, protocol });
    const end = ends[sent.length - 1]!;
    return end instanceof Error ? Promise.reject(end) : Promise.resolve(end);
  };
  return { sent, send: take, tunnel: take };
}

function call(
  http: ReturnType<typeof upstream>,
  request: Partial<EdgeRequest> = {},
  known = {},
  given: RouteGiven = {},
) {
  const tunnels = new OpenTunnels();
  const tunnelOpened = (service: string, to: Endpoint) => tunnels.opened(service, to);
  const handler = forward(httpRoute(given), { ...FORWARDING, clock: fakeClock(), http, grpc: NO_CALLS, tunnelOpened });
  const found = { path: '/a/x%20y', captures: ['x%20y'], endpoint: a, ...known };
  const context = contextOf(request, found);
  return { context, tunnels, answer: (async () => handler(context))() };
}

describe('forward to HTTP', () => {
  test('sends the request as it came, and answers without hop-by-hop fields', async () => {
    const body = Readable.from([]);
    const http = upstream(answer({ status: 201, headers: ['keep-alive', '5', 'x-a', '1'] }));
    const { context, answer: got } = call(
      http,
      { method: 'POST', body, headers: ['x-b', '2'] },
      { query: 'q=1', deadlineAt: 9 },
    );
    expect(await got).toMatchObject({ status: 201, headers: ['x-a', '1'] });
    const [{ to, request }] = http.sent as [(typeof http.sent)[0]];
    expect(to).toEqual({ origin: 'http://a:1', protocol: 'http1' });
    expect(request).toMatchObject({ method: 'POST', target: '/a/x%20y?q=1', body, timeoutMs: 9 });
    expect(getHeader(request.headers, 'x-b')).toBe('2');
    expect(context.bodyTaken).toBe(true);
  });

  test('rewrites the path, and gives a route without deadline no timeout', async () => {
    const http = upstream(answer());
    const target = { kind: 'http', service: 'web', protocol: 'http1', rewrite: ['/b/', 0, '/c'] } as const;
    await call(http, {}, {}, { target }).answer;
    expect(http.sent[0]!.request).toMatchObject({ target: '/b/x%20y/c', timeoutMs: 0 });
  });

  test('ends when the client goes', async () => {
    const http = upstream(answer());
    const request = edgeRequest();
    const context = Object.assign(new RequestContext(request, 0), { path: '/a', endpoint: a });
    const ports = { ...FORWARDING, clock: fakeClock(), http, grpc: NO_CALLS, tunnelOpened: () => () => undefined };
    await forward(httpRoute(), ports)(context);
    let cancelled = false;
    http.sent[0]!.request.onCancel!(() => (cancelled = true));
    request.cancel();
    expect(cancelled).toBe(true);
  });

  test('bounds the body where the policy does', async () => {
    const policy = { maxBodyBytes: '4' };
    const long = call(upstream(), { method: 'PUT', headers: ['content-length', '5'] }, {}, { policy });
    await expect(long.answer).rejects.toMatchObject({ code: 'GW_BODY_TOO_LARGE' });
    const http = upstream(answer());
    await call(http, { method: 'PUT', body: Readable.from([Buffer.from('fives')]) }, {}, { policy }).answer;
    await expect(buffer(http.sent[0]!.request.body as Readable)).rejects.toMatchObject({ code: 'GW_BODY_TOO_LARGE' });
  });
});

describe('tunnels', () => {
  const upgrade = { upgrade: 'websocket' };

  test('are counted while they are open', async () => {
    const tunnel = new PassThrough();
    const http = upstream(
      answer({ status: 101, headers: ['connection', 'upgrade', 'sec-websocket-accept', 'x'], tunnel }),
    );
    const { tunnels, answer: got } = call(http, upgrade);
    expect((await got).headers).toEqual(['sec-websocket-accept', 'x']);
    expect(http.sent[0]!.protocol).toBe('websocket');
    expect(tunnels.count('web', a)).toBe(1);
    tunnel.destroy();
    await new Promise((resolve) => tunnel.once('close', resolve));
    expect(tunnels.count('web', a)).toBe(0);
  });

  test('that the upstream refuses are its answer', async () => {
    const http = upstream(answer({ status: 400, headers: ['keep-alive', '5'] }));
    const { tunnels, answer: got } = call(http, upgrade);
    expect(await got).toMatchObject({ status: 400, headers: [] });
    expect(tunnels.total).toBe(0);
  });

  test('are for WebSocket only', async () => {
    await expect(call(upstream(), { upgrade: 'h2c' }).answer).rejects.toMatchObject({ code: 'GW_BAD_REQUEST' });
  });
});

test('an endpoint is spoken to in its protocol, over TLS where it must show who it is', async () => {
  const secure = upstream(answer());
  await call(secure, {}, { endpoint: endpoint('b', { secure: true, protocol: 'h2', expect: 'spiffe://x/b' }) }).answer;
  expect(secure.sent[0]!.to).toEqual({ origin: 'https://b:1', protocol: 'h2', expect: 'spiffe://x/b' });
  const http = upstream(answer());
  await call(http, {}, { endpoint: endpoint('g', { protocol: 'grpc', secure: true }) }).answer;
  expect(http.sent[0]!.to).toEqual({ origin: 'https://g:1', protocol: 'h2' });
});
