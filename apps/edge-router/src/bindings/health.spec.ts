import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RunningService, startService } from '@gateway/platform';
import { silentLogger } from '@gateway/telemetry';
import { eventually, freePort } from '@gateway/testing';
import { edgeModule } from '../app.module';
import { type EdgeConfig, edgeConfig } from '../config';
import type { PlatformNode } from '../health-tree/tree';

let folder: string;
let edge: RunningService<EdgeConfig>;
let url: string;
let upstreams: Server[];

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function startUpstream(): Promise<Server> {
  const server = createServer((_request, response) => response.end('upstream')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** An edge alone, in front of a service with two fixed addresses, whose route matches every path. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'edge-health-'));
  upstreams = [await startUpstream(), await startUpstream()];
  const urls = upstreams.map((server) => `http://127.0.0.1:${portOf(server)}`);
  const routesFile = join(folder, 'routes.yaml');
  const route = { id: 'web', match: { path: '/{rest=**}' }, upstream: { urls }, policy: { auth: { mode: 'NONE' } } };
  writeFileSync(routesFile, JSON.stringify({ routes: [route] }));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const env = {
    EDGE_HTTP_PORT: String(port),
    EDGE_HTTPS_PORT: '',
    EDGE_ADMIN_PORT: '0',
    EDGE_ROUTES_FILE: routesFile,
    GATEWAY_DRAIN_DELAY: '1ms',
    GATEWAY_ZONE: 'north',
  };
  const definition = { name: 'edge-router', config: edgeConfig(env), module: edgeModule };
  edge = await startService(definition, env, { logger: silentLogger() });
});

afterAll(async () => {
  await edge.stop();
  upstreams.forEach((server) => server.close());
  rmSync(folder, { recursive: true });
});

/** The operator's page, computed now. */
const fresh = async (): Promise<PlatformNode> =>
  (await (await fetch(`http://127.0.0.1:${edge.admin.port}/health?fresh`)).json()) as PlatformNode;

const publicHealth = async (): Promise<[number, unknown]> => {
  const response = await fetch(`${url}/health`);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(response.headers.get('ratelimit')).toContain('"health"');
  return [response.status, await response.json()];
};

test('an edge alone tells of its own checks and of whether its upstreams are there', async () => {
  const tree = await fresh();
  expect(tree).toMatchObject({ state: 'ok', why: '' });
  expect(tree.services).toMatchObject([
    { name: 'edge-router', needed: true, state: 'ok', instances: [{ zone: 'north', version: '0.1.0', life: 'ready' }] },
    { name: 'file:web', needed: true, state: 'ok', instances: [{ state: 'ok' }, { state: 'ok' }] },
  ]);
  expect(tree.services[0]!.instances[0]!.dependencies.map(({ name }) => name)).toEqual(['routes']);
});

test('the public page tells the verdict only, at its path whatever routes match', async () => {
  expect(await publicHealth()).toEqual([200, { status: 'ok' }]);
  expect((await fetch(`${url}/health`, { method: 'HEAD' })).status).toBe(200);
});

test('an upstream that goes degrades its service, the last one takes it down', async () => {
  const [first, second] = upstreams as [Server, Server];
  const firstPort = portOf(first);
  first.close();
  await eventually(async () => expect((await fresh()).state).toBe('degraded'));
  expect((await fresh()).services[1]!.why).toContain(`127.0.0.1:${firstPort}: this edge can't reach it: ECONNREFUSED`);
  expect(await publicHealth()).toEqual([200, { status: 'degraded' }]);
  second.close();
  await eventually(async () => expect((await fresh()).state).toBe('down'));
  expect(await publicHealth()).toEqual([503, { status: 'down' }]);
  const since = (await fresh()).since;
  expect(Date.parse(since)).toBeGreaterThan(Date.now() - 60_000);

  first.listen(firstPort, '127.0.0.1');
  await eventually(async () => expect((await fresh()).state).toBe('degraded'));
});
