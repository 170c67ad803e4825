import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { eventually, freePort, startRedis } from '@gateway/testing';
import { runGatewayctl } from './program';
import { bundle, TestProgram, TestTerminal } from './programs.fixture';

// Real programs on a machine that others use too.
jest.setTimeout(90_000);

let bundled: ReturnType<typeof bundle>;
let edge: TestProgram;
let web: Server;
let folder: string;
let routes: string;

beforeAll(async () => {
  bundled = bundle('edge-router');
  folder = mkdtempSync(join(tmpdir(), 'gatewayctl-edge-'));
  web = createServer((_request, response) => void response.end('{}'));
  await once(web.listen(0, '127.0.0.1'), 'listening');
  const { port } = web.address() as AddressInfo;
  routes = join(folder, 'routes.yaml');
  writeFileSync(
    routes,
    `routes:
  - { id: web, match: { path: "/web/{rest=**}", methods: [GET] }, upstream: { urls: ["http://127.0.0.1:${port}"] }, policy: { auth: { mode: NONE } } }
  - id: kept
    match: { path: /kept, methods: [GET] }
    upstream: { urls: ["http://127.0.0.1:${port}"] }
    policy: { auth: { mode: NONE }, cache: { ttl: 60s, tags: [stock] } }
  - id: old
    match: { path: /api/v1/old, methods: [GET] }
    upstream: { urls: ["http://127.0.0.1:${port}"] }
    policy: { auth: { mode: NONE }, deprecation: { deprecatedAt: 2026-01-01T00:00:00Z, sunsetAt: 2126-01-01T00:00:00Z, successor: v2 } }
`,
  );
  const [httpPort, adminPort] = [await freePort(), await freePort()];
  const env = { EDGE_HTTP_PORT: String(httpPort), EDGE_HTTPS_PORT: '', EDGE_ADMIN_PORT: String(adminPort) };
  mkdirSync(join(folder, 'scenarios'));
  writeFileSync(join(folder, 'scenarios', 'stock.yaml'), 'rules: [{ then: sold-out }]');
  edge = new TestProgram(
    bundled.main,
    { ...env, EDGE_ROUTES_FILE: routes, EDGE_MOCK_SCENARIOS: join(folder, 'scenarios') },
    adminPort,
  );
  await edge.start();
  for (const path of ['/web/a', '/api/old', '/kept'])
    expect((await fetch(`http://127.0.0.1:${httpPort}${path}`)).status).toBe(200);
});

afterAll(async () => {
  await edge.remove();
  web.close();
  bundled.remove();
  rmSync(folder, { recursive: true });
});

async function run(...args: string[]): Promise<{ code: number; out: string; err: string[] }> {
  const terminal = new TestTerminal({ GATEWAYCTL_EDGE: `http://127.0.0.1:${edge.adminPort}` });
  const code = await runGatewayctl(args, terminal);
  return { code, out: terminal.text, err: terminal.errors };
}

test('routes shows those in force', async () => {
  const { code, out, err } = await run('routes');
  expect([code, err]).toEqual([0, []]);
  expect(out).toMatch(/^METHODS +PATH +HOSTS +TARGET +AUTH +FROM$/m);
  expect(out).toMatch(/^GET +\/web\/\{rest=\*\*\} +any +file:web +none +file$/m);
  expect(JSON.parse((await run('routes', '--json')).out)).toMatchObject({ routes: expect.any(Array), problems: [] });
});

test('explain shows what would become of a request', async () => {
  const { code, out, err } = await run(
    'explain',
    'GET',
    '/web/a?token=t1',
    '-H',
    'Accept: text/html',
    '-H',
    'Cookie: x=y',
    '-H',
    'Origin: https://app.example',
  );
  expect([code, err]).toEqual([0, []]);
  expect(out).toMatch(/^GET \/web\/a\?token=\[masked\]$/m);
  expect(out).toMatch(/^ +headers: accept text\/html, cookie \[masked\], origin https:\/\/app\.example$/m);
  expect(out).toMatch(/^ +allowed: false\n +why: policy\.cors of file:web names no origins/m);
  expect(out).toMatch(/^ +route: id file:web, template \/web\/\{rest=\*\*\}, declaredBy file, captures \[rest a\]$/m);
  expect(out).toMatch(/^ +deadline: timeoutMs 15000, from default$/m);
  expect(out).toMatch(/^ +authenticate: not used$/m);
  expect(out).toMatch(/^ +-> http:\/\/127\.0\.0\.1:\d+, 0 in flight$/m);
  expect(out).not.toContain('t1');
  expect(JSON.parse((await run('explain', 'GET', '/web/a', '--json')).out)).toMatchObject({ refusal: null });
});

test('explain shows why a request reaches no route', async () => {
  const wrongMethod = await run('explain', 'PUT', '/web/a');
  expect(wrongMethod.out).toMatch(
    /refused:\n +status: 405\n +code: GW_METHOD_NOT_ALLOWED\n.*\n +headers: allow GET, HEAD\n +nearest: GET \S+: has only GET/,
  );
  const typo = await run('explain', 'GET', '/wep/a');
  expect(typo.out).toMatch(/nearest: .*GET \/web\/\{rest=\*\*\}: segment 1 is "wep", not "web"/);
  expect(await run('explain', 'GET', 'web')).toMatchObject({
    code: 64,
    err: [expect.stringContaining('path: must begin')],
  });
});

test('versions shows what ends, and on request who still calls it', async () => {
  const { code, out, err } = await run('versions');
  expect([code, err]).toEqual([0, []]);
  expect(out).toMatch(/^VERSION +STATUS +ROUTES +ENDING +DEPRECATED +SUNSET +DEFAULT$/m);
  expect(out).toMatch(/^v1 +deprecated +1 +1 +2026-01-01 +2126-01-01 +\*$/m);
  expect(out).toMatch(/^\/api\/v1\/old +GET +2026-01-01 +2126-01-01 +v2$/m);
  expect(out).not.toContain('CALLER');
  expect((await run('versions', '--callers')).out).toMatch(/^file:old +anonymous +1 +\d{4}-\d\d-\d\dT/m);
  expect(JSON.parse((await run('versions', '--json')).out)).not.toHaveProperty('callers');
});

test('pools shows the connections', async () => {
  const { code, out } = await run('pools');
  expect(code).toBe(0);
  expect(out).toMatch(/^UPSTREAM +PROTOCOL +CONNECTIONS +IN FLIGHT +QUEUED +IDENTITY$/m);
  expect(out).toMatch(/^http:\/\/127\.0\.0\.1:\d+ +http +\d+ +0 +0/m);
  expect(JSON.parse((await run('pools', '--json')).out)).toMatchObject({ http: [expect.any(Object)], grpc: [] });
});

describe('mock', () => {
  test('lists what is mocked, and what plays', async () => {
    const { code, out, err } = await run('mock', 'list');
    expect([code, err]).toEqual([0, []]);
    expect(out).toMatch(/^ROUTE +MOCKED +SCENARIO +RECORDED$/m);
    expect(out).toMatch(/^SCENARIO +SESSION +STATE +CALLS$/m);
    expect(out).toMatch(/^stock +- +start +0$/m);
    expect(JSON.parse((await run('mock', 'list', '--json')).out)).toMatchObject({ allowed: true });
  });

  test('moves a scenario, and has it begin anew', async () => {
    expect((await run('mock', 'enter', 'stock', 'sold-out', '--session', 's1')).code).toBe(0);
    expect((await run('mock', 'list')).out).toMatch(/^stock +s1 +sold-out +0$/m);
    expect((await run('mock', 'reset', 'stock')).code).toBe(0);
    expect((await run('mock', 'list')).out).not.toContain('s1');
    expect(await run('mock', 'enter', 'stock', 'nowhere')).toMatchObject({
      code: 64,
      err: ['gatewayctl: state: the scenario has no state "nowhere"'],
    });
  });

  test('says what cannot be', async () => {
    expect((await run('mock', 'use', 'nope', 'on')).err).toEqual(['gatewayctl: There is no route nope']);
    expect((await run('mock', 'use', 'file:web', 'stock')).err).toEqual(['gatewayctl: file:web is never mocked']);
    expect((await run('mock', 'record', 'file:web', '--for', '5s', '--calls', '3')).err).toEqual([
      'gatewayctl: file:web is not a gRPC method',
    ]);
    expect((await run('mock', 'recorded', 'file:web')).err).toEqual(['gatewayctl: file:web was not recorded']);
  });
});

test('cache shows what is kept, and drops it by tag', async () => {
  expect((await run('cache', 'show')).out).toMatch(/^entries +1$[^]*^tags +stock$/m);
  expect(await run('cache', 'purge', 'stock')).toEqual({
    code: 0,
    out: "stock: 1 dropped from this edge's memory; it has no Redis, so other edges keep theirs",
    err: [],
  });
  expect(JSON.parse((await run('cache', 'show', '--json')).out)).toMatchObject({ entries: 0, invalidated: 1 });
  expect(await run('cache', 'purge', 'stick')).toMatchObject({
    code: 64,
    err: ["gatewayctl: No route's cache has the tag stick: there are stock"],
  });
});

test('with a Redis, a purge drops at the other edge too', async () => {
  const redis = await startRedis();
  const started = [await freePort(), await freePort()].map(async (adminPort) => {
    const httpPort = await freePort();
    const env = {
      ...{ EDGE_HTTP_PORT: String(httpPort), EDGE_HTTPS_PORT: '', EDGE_ADMIN_PORT: String(adminPort) },
      ...{ EDGE_ROUTES_FILE: routes, GATEWAY_REDIS_URL: redis.url, GATEWAY_REDIS_CA_FILE: redis.caFile },
    };
    const program = new TestProgram(bundled.main, env, adminPort);
    await program.start();
    return { program, page: `http://127.0.0.1:${httpPort}/kept`, options: ['--edge', `http://127.0.0.1:${adminPort}`] };
  });
  const edges = await Promise.allSettled(started);
  try {
    const [here, there] = await Promise.all(started);
    const shown = async () => JSON.parse((await run('cache', 'show', '--json', ...there!.options)).out) as object;
    for (const { page } of [here!, there!]) expect((await fetch(page)).status).toBe(200);
    expect(await shown()).toMatchObject({ entries: 1 });
    expect((await run('cache', 'purge', 'stock', ...here!.options)).out).toBe(
      "stock: 1 dropped from this edge's memory; Redis and other edges follow",
    );
    await eventually(async () => expect(await shown()).toMatchObject({ entries: 0, invalidated: 1 }));
    // Nor does it take the old answer from Redis.
    expect((await fetch(there!.page)).headers.get('cache-status')).toContain('fwd');
  } finally {
    for (const each of edges) if (each.status === 'fulfilled') await each.value.program.remove();
    await redis.stop();
  }
});

test('health prints the tree', async () => {
  const { code, out } = await run('health');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    services: expect.arrayContaining([expect.objectContaining({ name: 'edge-router' })]),
  });
});

describe('an edge that', () => {
  test('isn’t there is told in a line', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const { code, out, err } = await run('routes', '--edge', nobody);
    expect([code, out]).toEqual([69, '']);
    expect(err).toEqual([`gatewayctl: the edge at ${nobody} can't be reached: ECONNREFUSED`]);
    expect(await run('routes', '--edge', 'nonsense')).toMatchObject({ code: 64 });
  });

  test('is something else is told in a line', async () => {
    const other = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
    for (const command of [['routes'], ['pools'], ['explain', 'GET', '/']])
      expect(await run(...command, '--edge', other)).toMatchObject({
        code: 65,
        err: [expect.stringContaining('something unknown')],
      });
    const admin = `http://127.0.0.1:${edge.adminPort}/nowhere/`;
    expect((await run('health', '--edge', admin)).code).toBe(0);
  });
});
