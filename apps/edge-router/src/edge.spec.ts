import { createServer, type IncomingMessage, type Server as HttpServer } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromBinary } from '@bufbuild/protobuf';
import { authV1, descriptorSetOf } from '@gateway/contracts';
import { type RunningService, startService } from '@gateway/platform';
import { silentLogger } from '@gateway/telemetry';
import { createAuthority, eventually, freePort } from '@gateway/testing';
import { loadIdentity } from '@gateway/mtls';
import { Server, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import { edgeModule } from './app.module';
import { type EdgeConfig, edgeConfig } from './config';

const { checkPermission: METHOD } = authV1.AuthProxyService.method;
/** A contract of our own, on the messages of a generated one: the edge reads it from its sources. */
const SHOP = `syntax = "proto3";
package shop.v1;
import "gateway/v1/policy.proto";
import "google/api/annotations.proto";
service ShopService {
  option (gateway.v1.service_policy) = { auth: { mode: NONE } };
  rpc Buy(BuyRequest) returns (BuyResponse) {
    option (google.api.http) = {
      post: "/shop/{item}" body: "*"
      additional_bindings: { post: "/api/v1/shop/{item}" body: "*" }
      additional_bindings: { post: "/api/v2/shop/{item}" body: "*" }
    };
  }
}
message BuyRequest {
  option (gateway.v1.message_versions) = { since: "v2" changes: { field: "count" as: "quantity" } };
  string item = 1;
  int32 count = 2;
}
message BuyResponse {
  option (gateway.v1.message_versions) = { since: "v2" changes: { field: "receipt" as: "slip.number" } };
  string receipt = 1;
  int64 cents = 2;
}
`;

/** The media type that asks for the second version. */
const V2 = 'application/vnd.systemsim.v2+json';

let folder: string;
let routesFile: string;
let web: HttpServer;
let shop: Server;
let edge: RunningService<EdgeConfig>;
let url: string;
const seen: { metadata: Record<string, unknown>; request: Buffer }[] = [];

const routes = (more = ''): string => `
defaults: { policy: { auth: { mode: NONE } } }
routes:
  - id: web
    match: { path: "/web/{rest=**}" }
    upstream: { urls: ["http://127.0.0.1:${(web.address() as AddressInfo).port}"] }
    rewrite: { path: "/{rest}" }
  - id: ended
    match: { path: "/ended" }
    upstream: { urls: ["http://127.0.0.1:${(web.address() as AddressInfo).port}"] }
    policy:
      deprecation: { deprecatedAt: 2020-01-01T00:00:00Z, sunsetAt: 2020-01-01T00:00:00Z, successor: /web }
  - id: few
    match: { path: "/few" }
    upstream: { urls: ["http://127.0.0.1:${(web.address() as AddressInfo).port}"] }
    policy: { rateLimits: [{ name: few, requests: 1, window: 60s, by: [ip] }] }
  - id: orders
    match: { path: "/orders", methods: [POST] }
    upstream: { urls: ["http://127.0.0.1:${(web.address() as AddressInfo).port}"] }
    validation: { body: { file: order.schema.json }, query: { type: object, additionalProperties: false } }
    openapi: { summary: Place an order }
  - id: watched
    match: { path: "/watched" }
    upstream: { urls: ["http://127.0.0.1:${(web.address() as AddressInfo).port}"] }
    validation: { body: { file: order.schema.json } }
    policy: { validation: { mode: SHADOW } }
  - id: unkept
    match: { path: "/unkept" }
    upstream: { urls: ["http://127.0.0.1:${(web.address() as AddressInfo).port}"] }
    validation: { response: { type: object, properties: { receipt: { type: string } } } }
    policy: { validation: { response: ENFORCE } }
${more}`;

const ORDER = { type: 'object', properties: { count: { type: 'integer', minimum: 1 } }, additionalProperties: false };
const writeSchema = (schema: object): void => writeFileSync(join(folder, 'order.schema.json'), JSON.stringify(schema));

/** Answers with what arrived. */
async function startWeb(): Promise<HttpServer> {
  const server = createServer((request: IncomingMessage, response) => {
    let [bytes, body] = [0, ''];
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      body = bytes < 1_000 ? body + String(chunk) : '';
    });
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      const seen = { url: request.url, headers: request.headers, bytes, body };
      response.end(JSON.stringify(request.url === '/unkept' ? { receipt: 7 } : seen));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** A gRPC service over mutual TLS that reads no schema: field 1 is the item. */
async function startShop(identityDir: string): Promise<[Server, number]> {
  const server = new Server();
  const definition = {
    Buy: {
      path: '/shop.v1.ShopService/Buy',
      requestStream: false,
      responseStream: false,
      requestSerialize: (bytes: Buffer) => bytes,
      requestDeserialize: (bytes: Buffer) => bytes,
      responseSerialize: (bytes: Buffer) => bytes,
      responseDeserialize: (bytes: Buffer) => bytes,
    },
  } as const;
  server.addService(definition, {
    Buy(call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) {
      seen.push({ metadata: call.metadata.getMap(), request: call.request });
      // BuyRequest begins as CheckPermissionRequest does: field 1 is a string.
      const { subject } = fromBinary(METHOD.input, call.request.subarray(0, 2 + call.request[1]!));
      if (subject === 'gone') answer({ code: status.NOT_FOUND, details: 'sold out' });
      // BuyResponse {receipt: "r", cents: 7}
      else answer(null, Buffer.from([0x0a, 1, 0x72, 0x10, 7]));
    },
  });
  const credentials = loadIdentity(identityDir, { pollMs: 0 }).grpcServerCredentials();
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('localhost:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  return [server, port];
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'edge-'));
  const authority = await createAuthority(join(folder, 'ca'));
  web = await startWeb();
  const [server, shopPort] = await startShop(await authority.issue('shop-service'));
  shop = server;
  routesFile = join(folder, 'routes.yaml');
  writeSchema(ORDER);
  writeFileSync(routesFile, routes());
  writeFileSync(join(folder, 'shop.proto'), SHOP);
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const env = {
    EDGE_HTTP_PORT: String(port),
    EDGE_HTTPS_PORT: '',
    EDGE_ADMIN_PORT: '0',
    EDGE_ROUTES_FILE: routesFile,
    EDGE_PROTOS: folder,
    SHOP_SERVICE_GRPC: `localhost:${shopPort}`,
    GATEWAY_IDENTITY_DIR: await authority.issue('edge-router'),
    GATEWAY_DRAIN_DELAY: '1ms',
  };
  const definition = { name: 'edge-router', config: edgeConfig(env), module: edgeModule };
  edge = await startService(definition, env, { logger: silentLogger() });
});

afterAll(async () => {
  expect(await edge.stop()).toEqual([]);
  shop.forceShutdown();
  web.close();
  rmSync(folder, { recursive: true });
});

const admin = async (path: string) => (await fetch(`http://127.0.0.1:${edge.admin.port}${path}`)).json();
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url + path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });

describe('an edge alone', () => {
  test('proxies HTTP', async () => {
    const response = await fetch(`${url}/web/a%20b?x=1`, {
      headers: { 'x-user-id': 'root', authorization: 'Bearer x' },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    const { url: target, headers } = (await response.json()) as { url: string; headers: Record<string, string> };
    expect(target).toBe('/a%20b?x=1');
    expect(headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', authorization: 'Bearer x' });
    expect(headers).not.toHaveProperty('x-user-id');
  });

  test('streams uploads', async () => {
    const body = Buffer.alloc(3_000_000);
    const response = await fetch(`${url}/web/up`, { method: 'PUT', body });
    expect(await response.json()).toMatchObject({ bytes: body.length });
  });

  test('turns JSON into gRPC over mutual TLS and back', async () => {
    const response = await post('/shop/tea', { count: 2 });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ receipt: 'r', cents: '7' });
    const { metadata, request } = seen.at(-1)!;
    expect(request).toEqual(Buffer.from([0x0a, 3, ...Buffer.from('tea'), 0x10, 2]));
    expect(metadata).toMatchObject({ 'x-request-id': response.headers.get('x-request-id') });
  });

  test('answers every refusal as a problem', async () => {
    const problems: [Promise<Response>, number, string][] = [
      [fetch(`${url}/nowhere`), 404, 'GW_NO_ROUTE'],
      [fetch(`${url}/shop/tea`), 405, 'GW_METHOD_NOT_ALLOWED'],
      [post('/shop/tea', { count: 'x' }), 400, 'GW_INVALID_FIELD'],
      [post('/shop/tea', { nope: 1 }), 400, 'GW_INVALID_FIELD'],
      [post('/shop/gone', {}), 404, 'GW_NOT_FOUND'],
      [post('/shop/tea', { count: 1, pad: 'x'.repeat(5 << 20) }), 413, 'GW_BODY_TOO_LARGE'],
    ];
    for (const [answer, expected, code] of problems) {
      const response = await answer;
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect([response.status, await response.json()]).toEqual([expected, expect.objectContaining({ code })]);
    }
  });

  test.each<[string, string, Record<string, string>, string]>([
    ['its path', '/api/v2/shop/tea', { 'x-api-version': 'v1' }, 'application/json'],
    ['a header', '/api/shop/tea', { 'x-api-version': '2' }, 'application/json'],
    ['a media type', '/api/shop/tea', { accept: V2 }, V2],
  ])('serves the version that %s names, in its form', async (_name, path, headers, type) => {
    const response = await post(path, { quantity: 2 }, headers);
    expect([response.status, await response.json()]).toEqual([200, { slip: { number: 'r' }, cents: '7' }]);
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('vary')).toBe(path.includes('v2') ? null : 'Accept, X-API-Version');
    expect(seen.at(-1)!.request).toEqual(Buffer.from([0x0a, 3, ...Buffer.from('tea'), 0x10, 2]));
  });

  test('serves the oldest version to who names none, and tells who names another which ones there are', async () => {
    const oldest = await post('/api/shop/tea', { count: 2 });
    expect(await oldest.json()).toEqual({ receipt: 'r', cents: '7' });
    expect(oldest.headers.get('x-api-version')).toBe('v1');
    for (const [path, headers, status] of [
      ['/api/v3/shop/tea', {}, 404],
      ['/api/shop/tea', { 'x-api-version': 'v3' }, 404],
      ['/api/shop/tea', { accept: V2.replace('v2', 'v3') }, 406],
    ] as const) {
      const response = await post(path, {}, headers);
      expect([response.status, await response.json()]).toEqual([
        status,
        expect.objectContaining({ versions: ['v1', 'v2'] }),
      ]);
    }
    for (const [field, rule] of [
      ['count', 'unknown'],
      ['quantity', 'type'],
    ] as const) {
      const { errors } = (await (await post('/api/v2/shop/tea', { [field]: 'x' })).json()) as { errors: object[] };
      expect(errors).toEqual([expect.objectContaining({ pointer: `/${field}`, rule })]);
    }
  });

  test('ends a route at its sunset, and says so', async () => {
    const response = await fetch(`${url}/ended`);
    expect([response.status, await response.json()]).toEqual([410, expect.objectContaining({ code: 'GW_GONE' })]);
    expect(response.headers.get('deprecation')).toBe('@1577836800');
    expect(response.headers.get('sunset')).toBe('Wed, 01 Jan 2020 00:00:00 GMT');
    expect(response.headers.get('link')).toBe('</web>; rel="successor-version"');
    const { versions } = (await (await fetch(`${url}/versions`)).json()) as { versions: object[] };
    expect(versions).toMatchObject([
      { version: 'v1', status: 'served', default: true },
      { version: 'v2', default: false },
    ]);
    expect(await admin('/versions?verbose')).toMatchObject({
      callers: [{ route: 'file:ended', caller: 'anonymous', calls: 1 }],
    });
  });

  test('checks what a route file says of a service without a contract, and passes on the bytes', async () => {
    const right = await post('/orders', { count: 1 });
    expect(await right.json()).toMatchObject({ url: '/orders', body: '{"count":1}' });
    for (const [path, body, pointer] of [
      ['/orders', { count: 0 }, '/count'],
      ['/orders?x=1', {}, 'query/x'],
    ] as const) {
      const refused = await post(path, body);
      expect([refused.status, await refused.json()]).toMatchObject([400, { errors: [{ pointer }] }]);
    }
    const text = await fetch(`${url}/orders`, { method: 'POST', body: 'x' });
    expect([text.status, await text.json()]).toMatchObject([415, { code: 'GW_UNSUPPORTED_MEDIA_TYPE' }]);
    const large = await post('/orders', { pad: 'x'.repeat(5 << 20) });
    expect([large.status, await large.json()]).toMatchObject([413, { code: 'GW_BODY_TOO_LARGE' }]);
    const unkept = await fetch(`${url}/unkept`);
    expect([unkept.status, await unkept.json()]).toMatchObject([502, { code: 'GW_UPSTREAM_PROTOCOL' }]);
    const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, object> };
    expect(paths['/orders']).toMatchObject({ post: { summary: 'Place an order' } });
  });

  test('counts in shadow mode what it would refuse', async () => {
    expect(await (await post('/watched', { count: 0 })).json()).toMatchObject({ body: '{"count":0}' });
    const metrics = await (await fetch(`http://127.0.0.1:${edge.admin.port}/metrics`)).text();
    expect(metrics).toMatch(
      /gateway_validation_shadow_total\{route="file:watched",direction="request",rule="minimum",consumer="anonymous".*\} 1/,
    );
  });

  test('takes a new schema as it takes a new route file', async () => {
    const statusOf = async (count: number) => (await post('/orders', { count })).status;
    writeSchema({ type: 'object', properties: { count: { type: 'integer', minimum: 5 } } });
    await eventually(async () => expect(await statusOf(4)).toBe(400));
    writeSchema({ typ: 'object' });
    await eventually(async () => expect(JSON.stringify(await admin('/snapshot'))).toContain('unknown keyword'));
    expect([await statusOf(4), await statusOf(5)]).toEqual([400, 200]);
    writeSchema(ORDER);
    await eventually(async () => expect(await statusOf(4)).toBe(200));
  });

  test('limits', async () => {
    expect((await fetch(`${url}/few`)).headers.get('ratelimit')).toMatch(/^"few";r=0;/);
    const refused = await fetch(`${url}/few`);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ 'violated-policies': ['few'] });
  });

  test('shows its routes, services, connections and what it does locally', async () => {
    const { routes: listed } = (await admin('/routes')) as { routes: { id: string }[] };
    const shopRoutes = ['', '#2', '#3', '#rpc'].map((nth) => `shop.v1.ShopService.Buy${nth}`);
    const documents = ['openapi-json', 'openapi-yaml', 'openapi-version', 'asyncapi-json', 'asyncapi-yaml'];
    const pages = ['health', ...documents, 'docs-errors', 'versions'].map((name) => `platform:${name}`);
    const methods = ['health-check', 'health-watch', 'reflection', 'reflection-v1alpha'].map(
      (m) => `platform:grpc-${m}`,
    );
    const ofFile = ['web', 'ended', 'few', 'orders', 'watched', 'unkept'].map((name) => `file:${name}`);
    expect(listed.map(({ id }) => id)).toEqual([...ofFile, ...pages, ...methods, ...shopRoutes]);
    const { directory, services } = (await admin('/services')) as { directory: null; services: { name: string }[] };
    expect([directory, services.map(({ name }) => name)]).toEqual([null, [...ofFile.toSorted(), 'shop-service']]);
    expect(await admin('/pools')).toMatchObject({ grpc: [{ state: 'ready' }], tunnels: 0 });
    const { standalone } = (await admin('/info')) as { standalone: string[] };
    expect(standalone.join('\n')).toMatch(/GATEWAY_REDIS_URL[^]*GATEWAY_AUTH[^]*GATEWAY_REGISTRY/);
  });

  test('takes a new route file, and keeps the last one when the new one is wrong', async () => {
    const problemsOf = async () => ((await admin('/snapshot')) as { problems: { place: string }[] }).problems;
    const { port } = web.address() as AddressInfo;
    writeFileSync(
      routesFile,
      routes(`  - id: fresh\n    match: { path: /fresh }\n    upstream: { urls: ["http://127.0.0.1:${port}"] }\n`),
    );
    await eventually(async () => expect((await fetch(`${url}/fresh`)).status).toBe(200));
    writeFileSync(routesFile, routes('  - id: wrong\n'));
    await eventually(async () => expect((await problemsOf()).map(({ place }) => place)).toContain('routes[6].match'));
    expect((await fetch(`${url}/fresh`)).status).toBe(200);
    const ready = (await admin('/readyz?verbose')) as { ready: boolean; checks: { name: string; state: string }[] };
    expect(ready.ready).toBe(true);
    expect(ready.checks).toContainEqual(expect.objectContaining({ name: 'routes', state: 'degraded' }));
    const { versions } = (await admin('/snapshot')) as { versions: object[] };
    expect(versions).toMatchObject([
      {
        source: 'file',
        state: 'refused',
        lastRefusal: { rule: 'file', detail: expect.stringContaining('routes[6].match') },
      },
      { source: 'protos', state: 'in force', version: expect.stringMatching(/^sha256:/), lastRefusal: null },
    ]);
    const metrics = await (await fetch(`http://127.0.0.1:${edge.admin.port}/metrics`)).text();
    expect(metrics).toMatch(/^gateway_sources_refused_total\{rule="file".*\} [1-9]/m);
    expect(metrics).toMatch(/^gateway_snapshot_swap_seconds_count.* [1-9]/m);
    expect(metrics).toMatch(/^gateway_snapshot_age_seconds.* \d/m);
    expect(metrics).toMatch(/^gateway_routes.* [1-9]/m);
    writeFileSync(routesFile, routes());
    process.emit('SIGHUP');
    await eventually(async () => expect((await fetch(`${url}/fresh`)).status).toBe(404));
    expect(await problemsOf()).toEqual([]);
  });
});

test('an edge takes proto sources as they change, and keeps the last ones while they are broken', async () => {
  const proto = join(folder, 'shop.proto');
  const ready = async () => (await admin('/readyz?verbose')) as { checks: { name: string; why: string }[] };
  const why = async (): Promise<string> => (await ready()).checks.find(({ name }) => name === 'protos')!.why;
  writeFileSync(proto, SHOP.replace('/shop/{item}', '/store/{item}'));
  await eventually(async () => expect((await post('/store/tea', { count: 2 })).status).toBe(200), { within: 20_000 });
  expect((await post('/shop/tea', { count: 2 })).status).toBe(404);
  writeFileSync(proto, SHOP.replace('message BuyRequest {', 'message BuyRequest'));
  await eventually(async () => expect(await why()).toMatch(/: shop\.proto:7: cannot find/), { within: 20_000 });
  const { problems } = (await admin('/routes')) as { problems: unknown[] };
  expect(problems).toContainEqual(
    expect.objectContaining({ source: 'protos', place: expect.stringMatching(/^shop\.proto:\d+$/) }),
  );
  expect((await post('/store/tea', { count: 2 })).status).toBe(200);
  writeFileSync(proto, SHOP);
  await eventually(async () => expect((await post('/shop/tea', { count: 2 })).status).toBe(200), { within: 20_000 });
  expect(await why()).toBe('');
}, 60_000);

test('an edge with a wrong source does not start, and says why before a port opens', async () => {
  const start = (extra: Record<string, string>) => {
    const env = { EDGE_HTTP_PORT: '0', EDGE_HTTPS_PORT: '', EDGE_ADMIN_PORT: '0', ...extra };
    return startService({ name: 'edge-router', config: edgeConfig(env), module: edgeModule }, env, {
      logger: silentLogger(),
    });
  };
  const wrong = join(folder, 'wrong.yaml');
  writeFileSync(wrong, 'routes: [{ id: a, match: { path: "/a" }, upstream: { service: x } }]');
  await expect(start({ EDGE_ROUTES_FILE: wrong })).rejects.toMatchObject({
    problems: [expect.stringMatching(/^EDGE_ROUTES_FILE: routes\[0\].policy.auth: needs authentication/)],
  });
  const remote = { url: 'https://localhost:9/schema.json' };
  const route = { id: 'a', match: { path: '/a' }, upstream: { service: 'x' }, validation: { body: remote } };
  writeFileSync(wrong, JSON.stringify({ defaults: { policy: { auth: { mode: 'NONE' } } }, routes: [route] }));
  await expect(start({ EDGE_ROUTES_FILE: wrong })).rejects.toMatchObject({
    problems: [expect.stringMatching(/^EDGE_ROUTES_FILE: routes\[0\].validation.body: cannot be fetched: /)],
  });
  const set = join(folder, 'set.binpb');
  writeFileSync(set, descriptorSetOf([METHOD.parent.file]).subarray(1));
  await expect(start({ EDGE_PROTOS: set })).rejects.toMatchObject({
    problems: [expect.stringMatching(/^EDGE_PROTOS: /)],
  });
});
