import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@gateway/clock';
import { create } from '@bufbuild/protobuf';
import { authV1, registryV1 } from '@gateway/contracts';
import { redisEventBus, type EventBus } from '@gateway/events';
import { createAuthClient, type AuthClient } from '@gateway/identity';
import { loadIdentity, spiffeIdFor } from '@gateway/mtls';
import { startService, type RunningService } from '@gateway/platform';
import { connectRedis, type RedisClient } from '@gateway/redis';
import { createAuthority, eventually, freePort, startRedis, type TestRedis } from '@gateway/testing';
import { generateKeyPair } from 'jose';
import { authProxyModule } from './app.module';
import { startAuthService, type TestAuthService } from './auth-service.fixture';
import { startRegistry } from './registry.fixture';
import { authProxyConfig, type AuthProxyConfig } from './config';

const QUESTION = { subject: 'u-1', permission: 'project:read', resource: 'p1' };
const TIMEOUT_MS = 5_000;

// Each test starts programs; the machine may be busy.
jest.setTimeout(20_000);

let dir: string;
let redis: TestRedis;
let bus: EventBus;
let publisher: RedisClient;
let authService: TestAuthService;
let port: number;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'auth-proxy-'));
  const authority = await createAuthority(dir);
  for (const name of ['auth-proxy', 'auth-service', 'edge-router', 'ws-node', 'project-service', 'registry-daemon'])
    await authority.issue(name);
  redis = await startRedis({ authority, restricted: true });
  publisher = connectRedis({ url: redis.url, caFile: redis.caFile, clock: systemClock });
  bus = redisEventBus({ redis: publisher, clock: systemClock });
  await bus.ready(TIMEOUT_MS);
}, 30_000);

afterAll(async () => {
  await bus.close();
  await publisher.close();
  await redis.stop();
  rmSync(dir, { recursive: true, force: true });
}, 30_000);

beforeEach(async () => {
  authService = await startAuthService(join(dir, 'auth-service'));
  port = await freePort();
});

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
  await authService.end();
});

const environment = (): Record<string, string> => ({
  GATEWAY_LOG_LEVEL: 'silent',
  GATEWAY_DRAIN_DELAY: '0ms',
  GATEWAY_IDENTITY_DIR: join(dir, 'auth-proxy'),
  GATEWAY_REDIS_URL: redis.url,
  GATEWAY_REDIS_CA_FILE: redis.caFile,
  AUTHPROXY_ADMIN_PORT: '0',
  AUTHPROXY_GRPC_PORT: String(port),
  AUTH_SERVICE_GRPC: `127.0.0.1:${authService.port}`,
});

async function startProxy(overrides: Record<string, string> = {}): Promise<RunningService<AuthProxyConfig>> {
  const env = { ...environment(), ...overrides };
  const running = await startService({ name: 'auth-proxy', config: authProxyConfig, module: authProxyModule }, env);
  ends.push(() => running.service.lifecycle.phase === 'running' && running.stop());
  return running;
}

/** What the edge and ws-node use. */
function consumer(identityName = 'edge-router'): AuthClient {
  const identity = loadIdentity(join(dir, identityName), { pollMs: 0 });
  const client = createAuthClient({
    address: `127.0.0.1:${port}`,
    credentials: identity.grpcClientCredentials({ expect: spiffeIdFor('auth-proxy') }),
    clock: systemClock,
  });
  ends.push(() => client.close());
  return client;
}

const authenticate = (client: AuthClient, value: string) =>
  client.authenticate({ kind: 'bearer', value }, TIMEOUT_MS) as Promise<{ outcome: string }>;

const logout = (sessionId: string) =>
  bus.publish(
    {
      id: randomUUID(),
      type: 'user_logout',
      time: new Date().toISOString(),
      origin: 'edge-1',
      traceparent: '',
      fields: { user_id: 'u-1', session_id: sessionId },
      room: '',
    },
    { budgetMs: TIMEOUT_MS },
  );

const newSession = () => `s-${randomUUID()}`;

describe('authenticate', () => {
  test('a good token yields its principal, and the keys are fetched once', async () => {
    await startProxy();
    const [edge, node] = [consumer(), consumer('ws-node')];
    const token = await authService.issue({ sub: 'u-7', sid: 's-7' });
    for (const client of [edge, node])
      expect(await authenticate(client, token)).toMatchObject({
        outcome: 'valid',
        principal: { subject: 'u-7', sessionId: 's-7', scopes: ['read'], issuer: 'https://auth.gateway.local' },
      });
    await authenticate(edge, await authService.issue());
    expect(authService.state.calls).toEqual(['GetJwks']);
  });

  test.each([
    ['expired', async () => authService.issue({ exp: Math.floor(Date.now() / 1000) - 60 })],
    ['forged', async () => authService.issue({}, (await generateKeyPair('ES256')).privateKey)],
    ['of another issuer', async () => authService.issue({ iss: 'https://evil.test' })],
    ['for another audience', async () => authService.issue({ aud: 'elsewhere' })],
    ['opaque and unknown', async () => 'garbage'],
  ])('a token that is %s is invalid', async (_name, token) => {
    await startProxy();
    expect(await authenticate(consumer(), await token())).toEqual({ outcome: 'invalid', reason: 'refused' });
  });

  test('an opaque token is asked about', async () => {
    await startProxy();
    authService.state.opaque.set('opaque-1', 'u-9').set('opaque-2', 'bad\nsubject');
    const client = consumer();
    expect(await authenticate(client, 'opaque-1')).toMatchObject({ outcome: 'valid', principal: { subject: 'u-9' } });
    expect(await authenticate(client, 'opaque-2')).toMatchObject({ outcome: 'invalid' });
  });

  test('a kind that nobody verifies is invalid', async () => {
    await startProxy();
    expect(await consumer().authenticate({ kind: 'api-key', value: 'k' }, TIMEOUT_MS)).toMatchObject({
      outcome: 'invalid',
    });
  });

  test('a new signing key is found', async () => {
    await startProxy();
    const client = consumer();
    await authenticate(client, await authService.issue());
    await authService.rotate('k2');
    const verdict = async () => authenticate(client, await authService.issue({ jti: randomUUID() }));
    await eventually(async () => expect(await verdict()).toMatchObject({ outcome: 'valid' }), { every: 200 });
  });

  test('further issuers are accepted from the configuration', async () => {
    const issuers = [{ issuer: 'https://second.test', audience: 'gateway', jwks: { keys: authService.state.jwks } }];
    await startProxy({ GATEWAY_ISSUERS: JSON.stringify(issuers) });
    const token = await authService.issue({ iss: 'https://second.test' });
    expect(await authenticate(consumer(), token)).toMatchObject({ outcome: 'valid' });
    expect(authService.state.calls).toEqual([]);
  });
});

describe('while the Auth service is down', () => {
  test('known tokens and permissions pass, what is not known is undecidable, and all is well after its return', async () => {
    const running = await startProxy();
    const client = consumer();
    const known = await authService.issue({ sub: 'known' });
    authService.state.granted.add('u-1 project:read p1');
    authService.state.opaque.set('opaque-1', 'u-9');
    await authenticate(client, known);
    await client.checkPermission(QUESTION, TIMEOUT_MS);

    await authService.listener.stop();
    const fresh = consumer();
    expect(await authenticate(fresh, known)).toMatchObject({ outcome: 'valid' });
    expect(await fresh.checkPermission(QUESTION, TIMEOUT_MS)).toMatchObject({ outcome: 'allowed' });
    expect(await authenticate(fresh, 'opaque-1')).toMatchObject({
      outcome: 'undecidable',
      why: expect.stringContaining('UNAVAILABLE'),
    });
    const other = { ...QUESTION, resource: 'p2' };
    expect(await fresh.checkPermission(other, TIMEOUT_MS)).toMatchObject({ outcome: 'undecidable' });
    const check = () => running.service.health.checks().find(({ name }) => name === 'auth-service');
    expect(check()).toMatchObject({ state: 'down', required: false });

    await authService.listener.start();
    await eventually(async () => expect(await authenticate(fresh, 'opaque-1')).toMatchObject({ outcome: 'valid' }), {
      within: 2_000,
    });
    expect(await fresh.checkPermission(other, TIMEOUT_MS)).toMatchObject({ outcome: 'denied' });
    expect(check()).toMatchObject({ state: 'ok' });
  });

  test('a proxy that never had the keys decides nothing about tokens', async () => {
    await authService.listener.stop();
    await startProxy();
    expect(await authenticate(consumer(), await authService.issue())).toMatchObject({ outcome: 'undecidable' });
  });
});

describe('permissions', () => {
  test('are asked once, by all consumers together, until they change', async () => {
    await startProxy();
    const client = consumer();
    expect(await client.checkPermission(QUESTION, TIMEOUT_MS)).toMatchObject({ outcome: 'denied' });
    authService.state.granted.add('u-1 project:read p1');
    expect(await consumer().checkPermission(QUESTION, TIMEOUT_MS)).toMatchObject({ outcome: 'denied' });
    expect(authService.state.calls).toEqual(['CheckPermission']);
    const fields = { user_id: 'u-1' };
    const event = {
      id: randomUUID(),
      type: 'permission_changed',
      time: new Date().toISOString(),
      origin: 'x',
      traceparent: '',
      room: '',
    };
    await bus.publish({ ...event, fields }, { budgetMs: TIMEOUT_MS });
    await eventually(async () =>
      expect(await consumer().checkPermission(QUESTION, TIMEOUT_MS)).toMatchObject({ outcome: 'allowed' }),
    );
  });

  test('a question without a subject is refused', async () => {
    await startProxy();
    expect(await consumer().checkPermission({ ...QUESTION, subject: '' }, TIMEOUT_MS)).toMatchObject({
      outcome: 'undecidable',
      why: expect.stringContaining('INVALID_ARGUMENT'),
    });
  });
});

describe('logout', () => {
  const revoked = { outcome: 'invalid', reason: 'revoked' };

  test('ends the session at every consumer, also one that comes later', async () => {
    await startProxy();
    const [edge, node] = [consumer(), consumer('ws-node')];
    const sid = newSession();
    const token = await authService.issue({ sid });
    for (const client of [edge, node]) expect(await authenticate(client, token)).toMatchObject({ outcome: 'valid' });
    await logout(sid);
    for (const client of [edge, node])
      await eventually(async () => expect(await authenticate(client, token)).toEqual(revoked));
    const late = consumer();
    await eventually(() => expect(late.state).toBe('synced'));
    expect(await authenticate(late, token)).toMatchObject({ outcome: 'invalid' });
  });

  test('is kept in Redis under its session, with an end', async () => {
    await startProxy();
    const client = consumer();
    const sid = newSession();
    const token = await authService.issue({ sid });
    await authenticate(client, token);
    await logout(sid);
    await eventually(async () =>
      expect(Number(await redis.command('PTTL', `gw:{auth:${sid}}`))).toBeGreaterThan(3_600_000),
    );
    expect(Number(await redis.command('PTTL', 'gw:{auth}'))).toBeGreaterThan(3_600_000);
  });

  test('survives a restart, even one that it happened in', async () => {
    const running = await startProxy();
    const [before, meanwhile] = [newSession(), newSession()];
    const tokens = [await authService.issue({ sid: before }), await authService.issue({ sid: meanwhile })];
    await logout(before);
    await eventually(async () => expect(await redis.command('EXISTS', `gw:{auth:${before}}`)).toBe('1'));
    await running.stop();
    await logout(meanwhile);
    await startProxy();
    const client = consumer();
    for (const token of tokens) expect(await authenticate(client, token)).toMatchObject({ outcome: 'invalid' });
  });

  test('survives the loss of Redis’ data', async () => {
    const running = await startProxy();
    const sid = newSession();
    await logout(sid);
    const key = `gw:{auth:${sid}}`;
    await eventually(async () => expect(await redis.command('EXISTS', key)).toBe('1'));
    await redis.restart();
    await eventually(async () => expect(await redis.command('EXISTS', key)).toBe('1'), { within: 10_000 });
    await eventually(() =>
      expect(running.service.health.checks().find(({ name }) => name === 'redis')).toMatchObject({ state: 'ok' }),
    );
  }, 20_000);

  test('starts without Redis, and makes up for it', async () => {
    await redis.kill();
    await startProxy();
    const client = consumer();
    const token = await authService.issue({ sid: newSession() });
    expect(await authenticate(client, token)).toMatchObject({ outcome: 'valid' });
    await redis.restart();
    const sid = newSession();
    const other = await authService.issue({ sid });
    await eventually(() => logout(sid), { within: 10_000 });
    await eventually(async () => expect(await authenticate(client, other)).toMatchObject({ outcome: 'invalid' }), {
      within: 10_000,
    });
  }, 30_000);
});

describe('who may ask', () => {
  test('only the edge, ws-node and the operator', async () => {
    await startProxy();
    const stranger = consumer('project-service');
    const token = await authService.issue();
    expect(await authenticate(stranger, token)).toMatchObject({
      outcome: 'undecidable',
      why: expect.stringContaining('PERMISSION_DENIED'),
    });
    expect(authV1.AuthProxyService.methods).toHaveLength(3);
  });
});

test('finds the Auth service through the registry, and registers itself', async () => {
  const registry = await startRegistry(join(dir, 'registry-daemon'));
  ends.push(() => registry.end());
  const instance = {
    id: 'auth-1',
    service: 'auth-service',
    address: `localhost:${authService.port}`,
    protocol: registryV1.Protocol.GRPC,
    state: registryV1.InstanceState.READY,
    owner: spiffeIdFor('auth-service'),
  };
  registry.state.instances.push(create(registryV1.InstanceSchema, instance));
  const running = await startProxy({ AUTH_SERVICE_GRPC: '', GATEWAY_REGISTRY: `localhost:${registry.port}` });
  const client = consumer();
  expect(await authenticate(client, await authService.issue())).toMatchObject({ outcome: 'valid' });
  await eventually(() =>
    expect(registry.state.registered).toMatchObject([
      { owner: 'auth-proxy', instance: { service: 'auth-proxy', address: `localhost:${port}` } },
    ]),
  );
  const metrics = await (await fetch(`http://127.0.0.1:${running.admin.port}/metrics`)).text();
  expect(metrics).toContain('authproxy_authentications_total{outcome="valid",reason=""} 1');
  expect(metrics).toContain('authproxy_revocations_dropped 0');
  await running.stop();
  expect(registry.state.renewed).toContain(registryV1.InstanceState.DRAINING);
  expect(registry.state.deregistered).toEqual([running.service.instanceId]);
});

test('standalone: without Redis and registry it says so', async () => {
  const { GATEWAY_REDIS_URL: _, GATEWAY_REDIS_CA_FILE: __, ...env } = environment();
  const running = await startService({ name: 'auth-proxy', config: authProxyConfig, module: authProxyModule }, env);
  ends.push(() => running.stop());
  expect(running.service.info.standaloneLines).toHaveLength(2);
  expect(await authenticate(consumer(), await authService.issue())).toMatchObject({ outcome: 'valid' });
});

test('without a way to the Auth service the configuration is wrong', async () => {
  const { AUTH_SERVICE_GRPC: _, ...env } = environment();
  const start = startService({ name: 'auth-proxy', config: authProxyConfig, module: authProxyModule }, env);
  await expect(start).rejects.toThrow('AUTH_SERVICE_GRPC: is required without GATEWAY_REGISTRY');
});
