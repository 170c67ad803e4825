import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { type RunningService, startService } from '@gateway/platform';
import { silentLogger } from '@gateway/telemetry';
import { eventually, freePort, ScriptedDns } from '@gateway/testing';
import { edgeModule } from '../../app.module';
import { type EdgeConfig, edgeConfig } from '../../config';

// Real sockets on a machine that others use too.
jest.setTimeout(30_000);

/** Two loopback addresses that can have servers on one port. */
const [ONE, TWO] = ['127.0.0.1', '127.0.0.2'] as const;
const NAME = 'reports.test';

let folder: string;
let dns: ScriptedDns;
let servers: Server[];
let port: number;
let edge: RunningService<EdgeConfig>;
let url: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'found-'));
  dns = await ScriptedDns.start();
  servers = [];
  port = await listen(ONE, 0);
});

afterEach(async () => {
  await edge.stop();
  dns.close();
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

/** A web server that says where it is. */
async function listen(host: string, at: number): Promise<number> {
  const server = createServer((_request, response) => void response.end(host));
  server.listen(at, host);
  await once(server, 'listening');
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

const routesFile = (): string => join(folder, 'routes.yaml');
const writeRoutes = (service: string): void =>
  writeFileSync(
    routesFile(),
    `services: { reports: ${service} }
routes:
  - id: reports
    match: { path: "/reports" }
    upstream: { service: reports }
    policy: { auth: { mode: NONE } }
`,
  );

async function start(): Promise<void> {
  const httpPort = await freePort();
  url = `http://127.0.0.1:${httpPort}/reports`;
  const env = {
    EDGE_HTTP_PORT: String(httpPort),
    EDGE_HTTPS_PORT: '',
    EDGE_ADMIN_PORT: '0',
    EDGE_ROUTES_FILE: routesFile(),
    EDGE_DNS_SERVERS: dns.address,
    GATEWAY_DRAIN_DELAY: '1ms',
  };
  const definition = { name: 'edge-router', config: edgeConfig(env), module: edgeModule };
  edge = await startService(definition, env, { logger: silentLogger() });
}

const a = (...addresses: string[]): void =>
  dns.set(
    'A',
    NAME,
    addresses.map((address) => ({ address, ttl: 1 })),
  );

async function answers(times = 10): Promise<string[]> {
  const all: string[] = [];
  for (let nth = 0; nth < times; nth++) {
    const response = await fetch(url);
    all.push(response.ok ? await response.text() : String(response.status));
  }
  return [...new Set(all)].sort();
}

test('a service that DNS names is called as soon as the edge is ready, and followed as records change', async () => {
  writeRoutes(`{ dns: { name: ${NAME}, port: ${port} } }`);
  a(ONE);
  await start();
  expect(await answers()).toEqual([ONE]);
  await listen(TWO, port);
  a(ONE, TWO);
  await eventually(async () => expect(await answers()).toEqual([ONE, TWO]), { within: 10_000 });
  a(TWO);
  await eventually(async () => expect(await answers()).toEqual([TWO]), { within: 10_000 });
});

test('DNS that fails, or has no answer for a moment, changes nothing but health', async () => {
  writeRoutes(`{ dns: { name: ${NAME}, port: ${port} } }`);
  a(ONE);
  await start();
  for (const reply of ['SERVFAIL', 'NXDOMAIN'] as const) {
    dns.set('A', NAME, reply);
    dns.set('AAAA', NAME, reply);
    const asked = dns.asked.length;
    await eventually(() => expect(dns.asked.length).toBeGreaterThan(asked + 2), { within: 15_000 });
    expect(await answers()).toEqual([ONE]);
    expect(checkOf('found services')).toMatchObject({
      state: 'degraded',
      why: expect.stringContaining('reports (dns)'),
    });
    dns.set('AAAA', NAME, []);
    a(ONE);
    await eventually(() => expect(checkOf('found services')).toMatchObject({ state: 'ok' }), { within: 15_000 });
  }
});

test('URLs stand in for a name that nobody knows', async () => {
  writeRoutes(`{ dns: { name: ${NAME}, port: 1 }, urls: ["http://127.0.0.1:${port}"] }`);
  await start();
  expect(await answers()).toEqual([ONE]);
});

const checkOf = (name: string) => edge.service.health.checks().find((check) => check.name === name);
