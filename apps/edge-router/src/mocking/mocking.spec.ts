import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningService, startService } from '@gateway/platform';
import { silentLogger } from '@gateway/telemetry';
import { freePort } from '@gateway/testing';
import { edgeModule } from '../app.module';
import { type EdgeConfig, edgeConfig } from '../config';

/** Nothing serves it. */
const SHOP = `syntax = "proto3";
package shop.v1;
import "buf/validate/validate.proto";
import "gateway/v1/policy.proto";
import "google/api/annotations.proto";
service ShopService {
  option (gateway.v1.service_policy) = { auth: { mode: NONE } mock: WHEN_UNAVAILABLE };
  rpc GetItem(GetItemRequest) returns (Item) {
    option (google.api.http) = { get: "/shop/items/{item_id}" };
    option (gateway.v1.policy) = { cache: { ttl: { seconds: 60 } } };
  }
  rpc Few(GetItemRequest) returns (Item) {
    option (google.api.http) = { get: "/shop/few/{item_id}" };
    option (gateway.v1.policy) = {
      rate_limits: { name: "few" requests: 1 window: { seconds: 60 } by: "ip" }
      mock_options: { examples: "{\\"id\\": \\"a\\", \\"name\\": \\"Tea\\"}" examples: "{\\"id\\": \\"b\\", \\"name\\": \\"Jam\\"}" }
    };
  }
  rpc Slow(GetItemRequest) returns (Item) {
    option (google.api.http) = { get: "/shop/slow/{item_id}" };
    option (gateway.v1.policy) = {
      mock: ALWAYS
      timeout: { nanos: 50000000 }
      mock_options: { latency: { seconds: 9 } }
    };
  }
  rpc Real(GetItemRequest) returns (Item) {
    option (google.api.http) = { get: "/shop/real/{item_id}" };
    option (gateway.v1.policy) = { version: "v1" };
  }
}
message GetItemRequest { string item_id = 1 [(buf.validate.field).string.max_len = 8]; }
message Item { string id = 1; string name = 2 [(buf.validate.field).string.min_len = 3]; int64 cents = 3; }
`;

const stopping: (() => Promise<unknown>)[] = [];
let folder: string;
let edge: RunningService<EdgeConfig>;
let url: string;

async function startEdge(env: Record<string, string> = {}): Promise<[RunningService<EdgeConfig>, string]> {
  const port = await freePort();
  const all = {
    EDGE_HTTP_PORT: String(port),
    EDGE_HTTPS_PORT: '',
    EDGE_ADMIN_PORT: '0',
    EDGE_PROTOS: folder,
    GATEWAY_DRAIN_DELAY: '1ms',
    ...env,
  };
  const definition = { name: 'edge-router', config: edgeConfig(all), module: edgeModule };
  const running = await startService(definition, all, { logger: silentLogger() });
  stopping.push(() => running.stop());
  return [running, `http://127.0.0.1:${port}`];
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mocking-'));
  writeFileSync(join(folder, 'shop.proto'), SHOP);
  [edge, url] = await startEdge();
});

afterAll(async () => {
  for (const stop of stopping) await stop();
  rmSync(folder, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}) => fetch(url + path, { headers });
const adminOf = async (running: RunningService<EdgeConfig>, path: string) =>
  (await fetch(`http://127.0.0.1:${running.admin.port}${path}`)).json();

describe('a service that nothing serves', () => {
  test('is answered for from its contract, the same each time, and nothing of it is stored', async () => {
    const [one, other] = [await get('/shop/items/i1'), await get('/shop/items/i1')];
    expect([one.status, one.headers.get('x-mock'), one.headers.get('cache-status')]).toEqual([200, 'contract', null]);
    expect(one.headers.get('cache-control')).toBe('no-store');
    const body = (await one.json()) as { name: string };
    expect(body).toMatchObject({ id: 'i1', cents: expect.stringMatching(/^\d+$/) });
    expect(body.name.length).toBeGreaterThanOrEqual(3);
    expect(await other.json()).toEqual(body);
  });

  test('has the same rules and limits as ever', async () => {
    expect((await get('/shop/items/much-too-long')).status).toBe(400);
    expect((await get('/shop/items/i1?nope=1')).status).toBe(400);
    const first = await get('/shop/few/i1');
    expect([first.status, first.headers.get('x-mock')]).toEqual([200, 'example']);
    expect((await get('/shop/few/i1')).status).toBe(429);
  });

  test('takes its time, until the deadline at the longest', async () => {
    const response = await get('/shop/slow/i1');
    expect([response.status, response.headers.get('x-mock')]).toEqual([504, 'contract']);
  });

  test('answers as the request prefers (RFC 7240)', async () => {
    const refused = await get('/shop/items/i1', { prefer: 'code=404' });
    expect([refused.status, refused.headers.get('preference-applied')]).toEqual([404, 'code=404']);
    expect(await refused.json()).toMatchObject({ code: 'GW_NOT_FOUND' });
    expect((await get('/shop/items/i1', { prefer: 'code=503' })).status).toBe(503);
    expect((await get('/shop/items/i1', { prefer: 'code=429' })).status).toBe(429);
    const unknown = await get('/shop/items/i1', { prefer: 'code=299, example=7' });
    expect([unknown.status, unknown.headers.get('preference-applied')]).toEqual([200, null]);
  });
});

test('an example is chosen by preference', async () => {
  const [, other] = await startEdge();
  const response = await fetch(`${other}/shop/few/i1`, { headers: { prefer: 'example=1' } });
  expect(response.headers.get('preference-applied')).toBe('example=1');
  expect(await response.json()).toMatchObject({ id: 'b' });
});

test('production serves the route without a mock, and says so', async () => {
  const [running, address] = await startEdge({
    GATEWAY_PROFILE: 'production',
    GATEWAY_REDIS_URL: 'none',
    GATEWAY_REGISTRY: 'none',
    GATEWAY_AUTH: 'none',
    GATEWAY_IDENTITY_DIR: 'none',
  });
  const response = await fetch(`${address}/shop/items/i1`);
  expect([response.status, response.headers.get('x-mock')]).toEqual([503, null]);
  const { problems } = (await adminOf(running, '/routes')) as { problems: object[] };
  expect(problems).toContainEqual(
    expect.objectContaining({
      severity: 'error',
      place: 'shop.v1.ShopService.GetItem',
      detail: expect.stringMatching(/^policy\.mock is refused in production/),
    }),
  );
});

test('an example that is not of the type is named at the start', async () => {
  const wrong = mkdtempSync(join(tmpdir(), 'mocking-wrong-'));
  stopping.push(() => Promise.resolve(rmSync(wrong, { recursive: true })));
  writeFileSync(join(wrong, 'shop.proto'), SHOP.replace('id\\": \\"b', 'nope\\": \\"b'));
  await expect(startEdge({ EDGE_PROTOS: wrong })).rejects.toMatchObject({
    problems: [expect.stringMatching(/^EDGE_PROTOS: .*ShopService\.Few: policy\.mock_options: examples\[1\]: /)],
  });
  expect(edge.admin.port).toBeGreaterThan(0);
});
