import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RunningService, startService } from '@gateway/platform';
import { silentLogger } from '@gateway/telemetry';
import { eventually, freePort } from '@gateway/testing';
import { edgeModule } from '../app.module';
import { type EdgeConfig, edgeConfig } from '../config';

/** Requests in flight that the edge under test takes for its limit. */
const MAX_REQUESTS = 40;
/** Calls that the hung service may hold. */
const SLOW_CALLS = 4;

let folder: string;
let edge: RunningService<EdgeConfig>;
let url: string;
const servers: Server[] = [];
/** Answers that the hung service owes. */
const owed = new Set<ServerResponse>();
let abandoned = 0;
const asked = { good: 0, failing: 0 };

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const hang: RequestListener = (_request, response) => {
  owed.add(response);
  response.once('close', () => {
    owed.delete(response);
    if (!response.writableFinished) abandoned++;
  });
};

function answerOwed(): void {
  for (const response of owed) response.end('late');
}

async function routesFile(): Promise<string> {
  const hung = await serve(hang);
  const good = await serve((_request, response) => {
    asked.good++;
    response.end('good');
  });
  const failing = await serve((_request, response) => {
    asked.failing++;
    response.writeHead(503).end();
  });
  return `
defaults: { policy: { auth: { mode: NONE }, timeout: 30s } }
routes:
  - id: fast
    match: { path: /fast }
    upstream: { urls: ["${good}"] }
  - id: important
    match: { path: /important }
    upstream: { urls: ["${good}"] }
    policy: { priority: CRITICAL }
  - id: prefetch
    match: { path: /prefetch }
    upstream: { urls: ["${good}"] }
    policy: { priority: SHEDDABLE }
  - id: slow
    match: { path: /slow }
    upstream: { urls: ["${hung}"] }
    policy: { concurrency: { perInstance: ${SLOW_CALLS} } }
  - id: held
    match: { path: /held }
    upstream: { urls: ["${hung}"] }
  - id: pair
    match: { path: /pair }
    upstream: { urls: ["${good}", "${failing}"] }
    policy: { circuitBreaker: { consecutiveErrors: 2, open: 60s, maxOpen: 60s } }
  - id: hedged
    match: { path: /hedged }
    upstream: { urls: ["${hung}", "${good}"] }
    policy: { hedge: { delay: 0.02s }, circuitBreaker: { disabled: true }, loadBalancing: { algorithm: ROUND_ROBIN } }
`;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'resilience-'));
  writeFileSync(join(folder, 'routes.yaml'), await routesFile());
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const env = {
    EDGE_HTTP_PORT: String(port),
    EDGE_HTTPS_PORT: '',
    EDGE_ADMIN_PORT: '0',
    EDGE_ROUTES_FILE: join(folder, 'routes.yaml'),
    EDGE_MAX_REQUESTS: String(MAX_REQUESTS),
    GATEWAY_DRAIN_DELAY: '1ms',
  };
  const definition = { name: 'edge-router', config: edgeConfig(env), module: edgeModule };
  edge = await startService(definition, env, { logger: silentLogger() });
});

afterAll(async () => {
  answerOwed();
  expect(await edge.stop()).toEqual([]);
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

const get = async (path: string): Promise<{ status: number; code: string; retryAfter: string | null }> => {
  const response = await fetch(url + path);
  const { headers, status } = response;
  const text = await response.text();
  const code =
    headers.get('content-type') === 'application/problem+json' ? (JSON.parse(text) as { code: string }).code : '';
  return { status, code, retryAfter: headers.get('retry-after') };
};
const admin = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${edge.admin.port}${path}`);
const held = async (): Promise<{ overload: { shedding: string[] }; breakers: object[]; endpoints: object[] }> =>
  (await (await admin('/resilience')).json()) as never;

/** The median of how long calls take, in milliseconds. */
async function median(path: string): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 60; i++) {
    const start = performance.now();
    expect((await get(path)).status).toBe(200);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[30]!;
}

test('a service that hangs holds its share, is refused the rest, and slows nobody else', async () => {
  await median('/fast');
  const before = await median('/fast');
  const calls = Array.from({ length: 24 }, () => get('/slow'));
  await eventually(() => owed.size === SLOW_CALLS);
  const during = await median('/fast');
  expect(owed.size).toBe(SLOW_CALLS);
  expect((await held()).endpoints).toEqual([expect.objectContaining({ inFlight: SLOW_CALLS })]);
  // The rest is the machine’s mood: waiting for the hung service would take seconds.
  expect(during).toBeLessThan(before * 3 + 50);
  answerOwed();
  const ends = await Promise.all(calls);
  const refused = ends.filter(({ code }) => code === 'GW_UPSTREAM_OVERLOADED');
  expect([ends.filter(({ status }) => status === 200).length, refused.length]).toEqual([SLOW_CALLS, 24 - SLOW_CALLS]);
  expect(refused[0]).toMatchObject({ status: 503, retryAfter: '1' });
});

test('an instance that fails is asked no more after a few failures, and nobody notices', async () => {
  for (let i = 0; i < 30; i++) expect((await get('/pair')).status).toBe(200);
  expect(asked.failing).toBeLessThanOrEqual(3);
  expect((await held()).breakers).toEqual([expect.objectContaining({ route: 'file:pair', state: 'open' })]);
  const metrics = await (await admin('/metrics')).text();
  expect(metrics).toMatch(/^gateway_retries_total\{service="file:pair",reason="status"\} [1-9]/m);
  expect(metrics).toMatch(/^gateway_breaker_state\{service="file:pair",.*\} 2$/m);
});

test('beside an instance that hangs another one answers, and the call to the first is ended', async () => {
  abandoned = 0;
  for (let i = 0; i < 6; i++) expect((await get('/hedged')).status).toBe(200);
  await eventually(() => abandoned > 0 && owed.size === 0);
  expect(await (await admin('/metrics')).text()).toMatch(
    /^gateway_hedges_total\{service="file:hedged",won="true"\} [1-9]/m,
  );
});

test('with too much to do the cheapest is refused first, the critical is served, and it ends by itself', async () => {
  const shedding = async (): Promise<string[]> => (await held()).overload.shedding;
  const calls = Array.from({ length: MAX_REQUESTS * 0.9 }, () => get('/held'));
  await eventually(async () => expect(await shedding()).toEqual(['sheddable']));
  expect(await get('/prefetch')).toEqual({ status: 503, code: 'GW_OVERLOADED', retryAfter: '1' });
  expect((await get('/fast')).status).toBe(200);
  calls.push(...Array.from({ length: 3 }, () => get('/held')));
  await eventually(async () => expect(await shedding()).toEqual(['sheddable', 'normal']));
  expect(await get('/fast')).toMatchObject({ status: 503, code: 'GW_OVERLOADED' });
  expect((await get('/important')).status).toBe(200);
  expect((await admin('/livez')).status).toBe(200);
  await eventually(() => owed.size === calls.length);
  answerOwed();
  expect((await Promise.all(calls)).every(({ status }) => status === 200)).toBe(true);
  await eventually(async () => expect(await shedding()).toEqual([]));
  expect((await get('/prefetch')).status).toBe(200);
  expect(await (await admin('/metrics')).text()).toMatch(/^gateway_shed_total\{priority="normal"\} [1-9]/m);
});
