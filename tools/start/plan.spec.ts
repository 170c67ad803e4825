import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { freePort } from '@gateway/testing';
import type { DevFolder } from './dev-folder';
import { checkPorts, planProcesses, selectProcesses, writeEnvironments } from './plan';

let path: string;
let dev: DevFolder;

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'gateway-plan-'));
  const environments = join(path, 'env');
  mkdirSync(environments);
  dev = { path, caFile: join(path, 'ca.pem'), environments, below: (...parts) => join(path, ...parts) } as DevFolder;
});
afterEach(() => {
  rmSync(path, { recursive: true });
  for (const name of ['EDGE_HTTPS_PORT', 'GATEWAY_REDIS_URL', 'GATEWAY_REDIS_CA_FILE']) delete process.env[name];
});

const planned = (name: string) => planProcesses(dev).find((each) => each.name === name)!;
const names = (only?: string) => selectProcesses(planProcesses(dev), only).map(({ name }) => name);

test('everyone who uses Redis is told the same password, at every start', () => {
  const url = planned('edge-router').env['GATEWAY_REDIS_URL'];
  expect(url).toMatch(/^rediss:\/\/gateway:[0-9a-f]{48}@localhost:6390$/);
  expect(planned('ws-node-2').env['GATEWAY_REDIS_URL']).toBe(url);
});

test('a Redis of the caller is used instead of ours', () => {
  process.env['GATEWAY_REDIS_URL'] = 'redis://elsewhere:6379';
  expect(names()).not.toContain('redis');
  expect(planned('edge-router').env).toMatchObject({ GATEWAY_REDIS_URL: 'redis://elsewhere:6379' });
  expect(planned('edge-router').env).not.toHaveProperty('GATEWAY_REDIS_CA_FILE');
});

test("a port of the caller's environment is the one that is checked and shown", () => {
  process.env['EDGE_HTTPS_PORT'] = '9443';
  expect(planned('edge-router').ports).toMatchObject({ EDGE_HTTPS_PORT: 9443, EDGE_HTTP_PORT: 8080 });
});

test('a subset is named by processes or apps; an unknown name is refused with those that there are', () => {
  expect(names('edge-router, redis')).toEqual(['redis', 'edge-router']);
  expect(names('ws-node')).toEqual(['ws-node-1', 'ws-node-2']);
  expect(() => names('redis,nobody')).toThrow(/no process is called nobody; there are redis, registry-daemon/);
});

test('a busy port is named with the process that wants it', async () => {
  const port = await freePort();
  const taken: Server = createServer().listen(port, '127.0.0.1');
  await once(taken, 'listening');
  process.env['EDGE_HTTPS_PORT'] = String(port);
  const edge = planned('edge-router');
  const alone = { ...edge, ports: { EDGE_HTTPS_PORT: port } };
  await expect(checkPorts([alone])).rejects.toThrow(`port ${port} is in use: edge-router wants it (EDGE_HTTPS_PORT)`);
  taken.close();
  await once(taken, 'close');
  await checkPorts([alone]);
});

test('an environment file reads as what the process gets', () => {
  const all = planProcesses(dev);
  writeEnvironments(dev, all);
  const registry = all.find(({ name }) => name === 'registry-daemon')!;
  expect(parseEnv(readFileSync(join(path, 'env/registry-daemon.env'), 'utf8'))).toEqual(registry.env);
});
