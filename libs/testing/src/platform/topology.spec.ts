import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import {
  DEVELOPMENT_OWNERS,
  IDENTITIES,
  PROCESSES,
  adminVariable,
  environmentOf,
  processSpec,
  serviceProcess,
  standardPorts,
} from '../index';
import { LINKS } from './topology';

test('no two listeners have the same port', () => {
  const ports = PROCESSES.flatMap((spec) => Object.values(standardPorts(spec)));
  expect(new Set(ports).size).toBe(ports.length);
});

test('every link leads to a port, and every app has an admin plane', () => {
  for (const { process, port } of Object.values(LINKS)) expect(processSpec(process).listens).toHaveProperty(port);
  for (const spec of PROCESSES) expect(adminVariable(spec) === null).toBe(spec.app === null);
});

test('whoever has an identity of its own, or owns something, is issued one', () => {
  const used = PROCESSES.flatMap(({ identity }) => identity ?? []);
  const owners = Object.keys(DEVELOPMENT_OWNERS).filter((id) => id !== '*');
  const names = [...used, ...owners.map((id) => id.slice('spiffe://gateway.local/'.length))];
  expect(IDENTITIES).toEqual(expect.arrayContaining(names));
});

test('a service of one port is a process with that port, an admin plane and an identity', () => {
  const spec = { name: 'shop', identity: 'shop-service', prefix: 'SHOP_', grpcPort: 1, adminPort: 2 };
  const process = serviceProcess(spec);
  expect(process).toMatchObject({ name: 'shop', app: 'shop', identity: 'shop-service', registers: ['shop-service'] });
  expect(standardPorts(process)).toEqual({ SHOP_GRPC_PORT: 1, SHOP_ADMIN_PORT: 2 });
  expect(adminVariable(process)).toBe('SHOP_ADMIN_PORT');
});

test('a process is told its own ports and folders, and where the others are', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-environment-'));
  const ports = {
    'registry-daemon': { REGISTRY_GRPC_PORT: 1 },
    'auth-proxy': { AUTHPROXY_GRPC_PORT: 2 },
    'edge-router-2': { EDGE_HTTPS_PORT: 3 },
  };
  const redis = { url: 'rediss://gateway:secret@localhost:4', caFile: '/ca.pem' };
  const env = environmentOf(processSpec('edge-router'), { folder, redis, ports }, 'edge-router-2');
  expect(env).toEqual({
    GATEWAY_INSTANCE_ID: 'edge-router-2',
    GATEWAY_IDENTITY_DIR: join(folder, 'identity/edge-router'),
    GATEWAY_REDIS_URL: redis.url,
    GATEWAY_REDIS_CA_FILE: '/ca.pem',
    GATEWAY_REGISTRY: 'localhost:1',
    GATEWAY_AUTH: 'localhost:2',
    EDGE_HTTPS_PORT: '3',
    EDGE_STATE_DIR: join(folder, 'edge-router'),
    EDGE_TLS_CERT_FILE: join(folder, 'tls/cert.pem'),
    EDGE_TLS_KEY_FILE: join(folder, 'tls/key.pem'),
  });
  expect(statSync(join(folder, 'edge-router')).isDirectory()).toBe(true);
  rmSync(folder, { recursive: true });
});
