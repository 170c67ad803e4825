import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadConfig } from '@gateway/config';
import { type RunningService, startService } from '@gateway/platform';
import { silentLogger } from '@gateway/telemetry';
import { eventually, freePort } from '@gateway/testing';
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
  rpc Watch(GetItemRequest) returns (stream Item) {
    option (google.api.http) = { get: "/shop/watch/{item_id}" };
  }
  rpc Buy(GetItemRequest) returns (Item) {
    option (google.api.http) = { post: "/shop/buy/{item_id}" };
    option (gateway.v1.policy) = { mock: ALWAYS mock_options: { scenario: "stock" } };
  }
  rpc Real(GetItemRequest) returns (Item) {
    option (google.api.http) = { get: "/shop/real/{item_id}" };
    option (gateway.v1.policy) = { auth: { mode: NONE } retry: { max_retries: 0 } };
  }
}
message GetItemRequest { string item_id = 1 [(buf.validate.field).string.max_len = 8]; }
message Item { string id = 1; string name = 2 [(buf.validate.field).string.min_len = 3]; int64 cents = 3; }
`;

/** Two are in stock; then it is sold out, until it is reset. */
const STOCK = `name: stock
rules:
  - { in: sold-out, fault: { grpc: FAILED_PRECONDITION, message: sold out } }
  - { when: { calls: { from: 2 } }, answer: { id: "{request.item_id}", name: "last of {call}" }, then: sold-out }
  - { answer: { name: "first for {session}" } }
`;
const FAULTS = `rules:
  - { when: { request: { item_id: reset } }, fault: { reset: true } }
  - { when: { request: { item_id: cut } }, answer: { name: "a name that is long enough" }, fault: { cut: 5 } }
  - { when: { request: { item_id: slow } }, fault: { slow: { bytes: 10, every: 5ms } }, latency: { uniform: [1ms, 5ms] } }
  - { when: { request: { item_id: down } }, fault: { http: 503, message: on purpose } }
  - { when: { request: { item_id: wrong } }, answer: { cents: many } }
  - { when: { request: { item_id: exact } }, exact: true, answer: { name: "{as it is}" } }
  - { when: { request: { item_id: two } }, answer: [{ name: one }, { name: two }] }
`;

const stopping: (() => Promise<unknown>)[] = [];
let folder: string;
let scenarios: string;
let edge: RunningService<EdgeConfig>;
let url: string;

async function startEdge(env: Record<string, string> = {}): Promise<[RunningService<EdgeConfig>, string]> {
  const port = await freePort();
  const all = {
    EDGE_HTTP_PORT: String(port),
    EDGE_HTTPS_PORT: '',
    EDGE_ADMIN_PORT: '0',
    EDGE_PROTOS: folder,
    EDGE_MOCK_SCENARIOS: scenarios,
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
  scenarios = mkdtempSync(join(tmpdir(), 'scenarios-'));
  writeFileSync(join(scenarios, 'stock.yaml'), STOCK);
  writeFileSync(join(scenarios, 'faults.yml'), FAULTS);
  [edge, url] = await startEdge();
});

afterAll(async () => {
  for (const stop of stopping) await stop();
  rmSync(folder, { recursive: true });
  rmSync(scenarios, { recursive: true });
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

describe('a scenario', () => {
  const buy = (headers: Record<string, string> = {}) => fetch(`${url}/shop/buy/tea`, { method: 'POST', headers });
  const tell = async (path: string, body: object) =>
    fetch(`http://127.0.0.1:${edge.admin.port}/mocks/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  test('named by the policy is played, for each session by itself', async () => {
    const first = await buy({ 'x-mock-session': 's1' });
    expect([first.status, first.headers.get('x-mock')]).toEqual([200, 'scenario']);
    expect(await first.json()).toMatchObject({ name: 'first for s1', cents: expect.any(String) });
    expect(await (await buy({ 'x-mock-session': 's1' })).json()).toMatchObject({ id: 'tea', name: 'last of 2' });
    const refused = await buy({ 'x-mock-session': 's1' });
    expect([refused.status, refused.headers.get('x-mock')]).toEqual([400, 'scenario']);
    expect(await refused.json()).toMatchObject({ code: 'GW_FAILED_PRECONDITION', detail: 'sold out' });
    expect(await (await buy({ 'x-mock-session': 's2' })).json()).toMatchObject({ name: 'first for s2' });
  });

  test('is shown and switched on the admin plane', async () => {
    const { routes: listed, scenarios: playing } = (await adminOf(edge, '/mocks')) as Record<string, object[]>;
    expect(playing).toContainEqual(
      expect.objectContaining({ name: 'stock', states: ['start', 'sold-out'], sessions: expect.any(Array) }),
    );
    expect(listed).toContainEqual(
      expect.objectContaining({ route: 'shop.v1.ShopService.Buy', mocking: 'policy', scenario: 'stock' }),
    );
    expect(listed).toContainEqual(
      expect.objectContaining({ route: 'shop.v1.ShopService.GetItem', mocking: 'no instance yet', scenario: null }),
    );
    expect((await tell('scenarios/stock/state', { session: 's3', state: 'sold-out' })).status).toBe(200);
    expect((await buy({ 'x-mock-session': 's3' })).status).toBe(400);
    await tell('scenarios/stock/reset', { session: 's3' });
    expect((await buy({ 'x-mock-session': 's3' })).status).toBe(200);
    await tell('routes/shop.v1.ShopService.Buy', { on: false });
    expect((await buy()).status).toBe(503);
    await tell('routes/shop.v1.ShopService.Buy', { on: null, scenario: '' });
    expect((await buy()).headers.get('x-mock')).toBe('contract');
    await tell('routes/shop.v1.ShopService.Buy', { scenario: null });
    const wrong: [string, object, number][] = [
      ['routes/nope', { on: true }, 404],
      ['routes/shop.v1.ShopService.Buy', { nope: 1 }, 400],
      ['routes/shop.v1.ShopService.Buy', { scenario: 'nope' }, 404],
      ['routes/platform:health', { on: true }, 400],
      ['scenarios/stock/state', { state: 'nope' }, 400],
      ['scenarios/nope/reset', {}, 404],
      ['routes/platform:health/record', {}, 400],
      ['routes/shop.v1.ShopService.Buy/record', { for: 'ever' }, 400],
    ];
    for (const [path, body, status] of wrong) expect([path, (await tell(path, body)).status]).toEqual([path, status]);
  });

  test('is chosen by a header, on routes that are mocked', async () => {
    const faulty = (item: string, path = 'items') => get(`/shop/${path}/${item}`, { 'x-mock-scenario': 'faults' });
    const down = await faulty('down');
    expect([down.status, await down.json()]).toEqual([503, expect.objectContaining({ detail: 'on purpose' })]);
    await expect(faulty('reset').then((response) => response.text())).rejects.toThrow();
    await expect(faulty('cut').then((response) => response.text())).rejects.toThrow();
    expect(await (await faulty('slow')).json()).toMatchObject({ id: 'slow' });
    expect(await (await faulty('exact')).json()).toEqual({ id: '', name: '{as it is}', cents: '0' });
    const wrong = await faulty('wrong');
    expect([wrong.status, await wrong.json()]).toEqual([
      502,
      expect.objectContaining({ detail: expect.stringMatching(/^The scenario's answer is not of the method's type/) }),
    ]);
    expect((await faulty('other')).headers.get('x-mock')).toBe('contract');
    expect((await get('/shop/items/i1', { 'x-mock-scenario': 'nope' })).status).toBe(400);
  });

  test('gives a stream its messages', async () => {
    const lines = async (item: string, headers: Record<string, string> = {}) => {
      const response = await get(`/shop/watch/${item}`, headers);
      expect(response.headers.get('content-type')).toBe('application/x-ndjson');
      return (await response.text())
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { id: string; name: string });
    };
    const made = await lines('i1');
    expect(made.map(({ id }) => id)).toEqual(['i1', 'i1', 'i1']);
    expect(new Set(made.map(({ name }) => name)).size).toBeGreaterThan(1);
    const planned = await lines('two', { 'x-mock-scenario': 'faults' });
    expect(planned.map(({ name }) => name)).toEqual(['one', 'two']);
  });

  test('is read again when its file changes, and stays when the new one is wrong', async () => {
    const extra = join(scenarios, 'extra.yaml');
    const ask = async () => (await get('/shop/items/i1', { 'x-mock-scenario': 'extra' })).status;
    expect(await ask()).toBe(400);
    writeFileSync(extra, 'rules: [{ fault: { http: 409 } }]');
    await eventually(async () => expect(await ask()).toBe(409));
    writeFileSync(extra, 'rules: [{ nope: 1 }]');
    await eventually(async () => {
      const ready = (await adminOf(edge, '/readyz?verbose')) as {
        checks: { name: string; state: string; why?: string }[];
      };
      expect(JSON.stringify(ready)).toMatch(/extra\.yaml: rules\[0\]\.nope: is not a key/);
    });
    expect(await ask()).toBe(409);
    rmSync(extra);
    await eventually(async () => expect(await ask()).toBe(400));
  });

  test('is recorded from what the service answers', async () => {
    const route = 'routes/shop.v1.ShopService.Real';
    await tell(route, { on: false });
    expect((await fetch(`http://127.0.0.1:${edge.admin.port}/mocks/${route}/recorded`)).status).toBe(404);
    expect(await (await tell(`${route}/record`, { calls: 1 })).json()).toMatchObject({ recording: true, calls: 0 });
    expect((await get('/shop/real/i1')).status).toBe(503);
    const { routes: listed } = (await adminOf(edge, '/mocks')) as { routes: object[] };
    expect(listed).toContainEqual(expect.objectContaining({ recorded: { calls: 1, recording: false } }));
    const tape = await (await fetch(`http://127.0.0.1:${edge.admin.port}/mocks/${route}/recorded`)).text();
    expect(tape).toMatch(/^name: recorded-shop\.v1\.ShopService\.Real\n[^]*http: 503/);
    await tell(route, { on: null });
  });
});

test('a folder with a wrong scenario is refused at the start, and any in production', () => {
  const wrong = mkdtempSync(join(tmpdir(), 'scenarios-wrong-'));
  stopping.push(() => Promise.resolve(rmSync(wrong, { recursive: true })));
  writeFileSync(join(wrong, 'a.yaml'), 'name: x\nrules: [{ nope: 1 }]');
  writeFileSync(join(wrong, 'b.yaml'), STOCK);
  writeFileSync(join(wrong, 'c.yaml'), STOCK);
  const load = (env: Record<string, string>) => () => loadConfig(edgeConfig(env), env);
  expect(load({ EDGE_MOCK_SCENARIOS: wrong })).toThrow(
    expect.objectContaining({
      problems: [
        'EDGE_MOCK_SCENARIOS: a.yaml: rules[0].nope: is not a key',
        'EDGE_MOCK_SCENARIOS: two files have a scenario "stock"',
      ],
    }),
  );
  const production = {
    GATEWAY_PROFILE: 'production',
    EDGE_MOCK_SCENARIOS: scenarios,
    EDGE_HTTPS_PORT: '',
    GATEWAY_REDIS_URL: 'none',
    GATEWAY_REGISTRY: 'none',
    GATEWAY_AUTH: 'none',
    GATEWAY_IDENTITY_DIR: 'none',
  };
  expect(load(production)).toThrow(
    expect.objectContaining({ problems: ['EDGE_MOCK_SCENARIOS: production refuses mocks'] }),
  );
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
    EDGE_MOCK_SCENARIOS: '',
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
