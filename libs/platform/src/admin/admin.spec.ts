import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Body, Controller, Get, Post } from '@nestjs/common';
import { GatewayError } from '@gateway/errors';
import { freePort } from '@gateway/testing';
import { adminUrl, moduleOf, newAuthority, quietEnvironment, testService, type TestConfig } from '../service.fixture';
import { startService, type RunningService } from '../start';
import type { Service } from '../service';
import { isLoopback } from './loopback-only';

/** An app's own admin pages. */
@Controller()
class PagesController {
  @Get('routes')
  routes() {
    return [{ path: '/a' }];
  }
  @Get('broken')
  broken() {
    throw new Error('the password is x');
  }
  @Get('taken')
  taken() {
    throw new GatewayError('GW_CONFLICT', { detail: 'taken already' });
  }
  @Post('switch')
  switch(@Body() body: unknown) {
    return body;
  }
}

let running: RunningService<TestConfig>;
afterEach(async () => {
  await running.stop();
});

async function start(build: (service: Service<TestConfig>) => void = () => undefined, env = {}): Promise<void> {
  const definition = testService((service) => {
    build(service);
    return moduleOf(PagesController);
  });
  running = await startService(definition, { ...quietEnvironment, ...env });
}

/** An address of this machine that is not loopback. */
const ownAddress = (): string | undefined =>
  Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find((each) => each.family === 'IPv4' && !each.internal)?.address;

const get = (path: string, init?: RequestInit) => fetch(adminUrl(running.admin, path), init);

/** A GET with any Host and Origin, which fetch doesn't send. */
function getAs(headers: Record<string, string>, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request(adminUrl(running.admin, path), { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

describe('probes', () => {
  test('answer in plain words', async () => {
    await start();
    for (const path of ['/livez', '/startupz', '/readyz']) {
      const response = await get(path);
      expect([response.status, await response.text()]).toEqual([200, 'ok\n']);
      expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    }
  });

  test('/readyz is 503 while something required is down; ?verbose says what', async () => {
    await start();
    const store = running.service.health.add('store', { required: true });
    running.service.health.add('redis', { required: false }).degraded('slow');
    const plain = await get('/readyz');
    expect([plain.status, await plain.text()]).toEqual([503, 'not ready\n']);
    const verbose = await get('/readyz?verbose');
    expect(verbose.status).toBe(503);
    expect(await verbose.json()).toMatchObject({
      ready: false,
      phase: 'running',
      checks: [
        { name: 'store', required: true, state: 'down', why: 'not known yet', since: expect.any(String) },
        { name: 'redis', required: false, state: 'degraded', why: 'slow' },
      ],
    });
    store.ok();
    expect((await get('/readyz?verbose')).status).toBe(200);
    expect((await get('/livez')).status).toBe(200);
  });

  test('answer while the app starts, and say that it does', async () => {
    let answers: unknown[] = [];
    await start(
      (service) =>
        service.lifecycle.onStart(async () => {
          const port = service.config.adminPort;
          const texts = ['/livez', '/startupz', '/readyz'].map(async (path) => {
            const response = await fetch(`http://127.0.0.1:${port}${path}`);
            return [response.status, await response.text()];
          });
          answers = await Promise.all(texts);
        }),
      { TEST_ADMIN_PORT: String(await freePort()) },
    );
    expect(answers).toEqual([
      [200, 'ok\n'],
      [503, 'starting\n'],
      [503, 'starting\n'],
    ]);
  });

  test('/readyz is 503 from the moment of the drain, while the rest is still served', async () => {
    await start();
    let release = (): void => undefined;
    running.service.lifecycle.onDrain(() => new Promise((resolve) => (release = resolve)));
    const stopping = running.stop();
    const response = await get('/readyz');
    expect([response.status, await response.text()]).toEqual([503, 'draining\n']);
    expect((await get('/routes')).status).toBe(200);
    release();
    expect(await stopping).toEqual([]);
    await expect(get('/livez')).rejects.toThrow();
  });
});

test('/metrics has the process, the event loop, and what the app registers', async () => {
  await start();
  const response = await get('/metrics');
  const text = await response.text();
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  expect(text).toMatch(/^process_cpu_seconds_total /m);
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
});

test('/info says who runs, and what the app adds', async () => {
  const authority = await newAuthority();
  let sockets = 0;
  await start(
    ({ info }) => {
      info.add('connections', () => sockets);
      info.add('engine', 'node');
      info.standalone('no GATEWAY_REDIS_URL: limits are this process alone');
    },
    { GATEWAY_INSTANCE_ID: 'test-1', GATEWAY_IDENTITY_DIR: await authority.issue('auth-proxy') },
  );
  sockets = 3;
  expect(await (await get('/info')).json()).toEqual({
    name: 'test-service',
    version: '0.1.0',
    instanceId: 'test-1',
    node: process.version,
    pid: process.pid,
    startedAt: expect.stringMatching(/^\d{4}-/),
    identity: { spiffeId: 'spiffe://gateway.local/auth-proxy', expiresAt: expect.any(String) },
    connections: 3,
    engine: 'node',
    standalone: ['no GATEWAY_REDIS_URL: limits are this process alone'],
  });
});

describe('errors are problem documents', () => {
  const json = { 'content-type': 'application/json' };
  test.each([
    ['/nowhere', undefined, 404, 'GW_NO_ROUTE'],
    ['/broken', undefined, 500, 'GW_INTERNAL'],
    ['/taken?x=1', undefined, 409, 'GW_CONFLICT'],
    ['/switch', { method: 'POST', body: '{', headers: json }, 400, 'GW_BAD_REQUEST'],
    [
      '/switch',
      { method: 'POST', body: '<a/>', headers: { 'content-type': 'text/xml' } },
      415,
      'GW_UNSUPPORTED_MEDIA_TYPE',
    ],
  ])('%s %j: %d', async (path, init, status, code) => {
    await start();
    const response = await get(path, init);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const problem = (await response.json()) as Record<string, unknown>;
    expect(problem).toMatchObject({ status, code, instance: path.split('?')[0], requestId: expect.any(String) });
    expect(JSON.stringify(problem)).not.toContain('password');
  });
});

test("a problem document carries the request's id", async () => {
  await start();
  const response = await get('/nowhere', { headers: { 'x-request-id': 'r-1' } });
  expect(await response.json()).toMatchObject({ requestId: 'r-1' });
  expect(await (await get('/nowhere')).json()).toMatchObject({ requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
});

describe('who may see more than probes and metrics', () => {
  test("this machine, unless a browser's page of another site asks", async () => {
    await start();
    const host = `127.0.0.1:${running.admin.port}`;
    expect(await getAs({ host }, '/routes')).toBe(200);
    expect(await getAs({ host: 'localhost' }, '/routes')).toBe(200);
    expect(await getAs({ host, origin: `http://${host}` }, '/routes')).toBe(200);
    expect(await getAs({ host, origin: 'https://evil.example' }, '/routes')).toBe(403);
    expect(await getAs({ host: 'rebound.example' }, '/routes')).toBe(403);
    expect(await getAs({ host: 'rebound.example' }, '/readyz')).toBe(200);
  });

  test('nobody else', async () => {
    const own = ownAddress();
    if (own === undefined) throw new Error('this machine has no address but loopback');
    await start(undefined, { TEST_ADMIN_HOST: '0.0.0.0' });
    const over = (path: string) => fetch(`http://${own}:${running.admin.port}${path}`);
    for (const path of ['/livez', '/readyz?verbose', '/startupz', '/metrics'])
      expect((await over(path)).status).toBe(200);
    for (const path of ['/info', '/routes', '/livez/../info', '//info', '/metrics/', '/%69nfo']) {
      const response = await over(path);
      expect([path, response.status]).toEqual([path, 403]);
      expect(await response.json()).toMatchObject({ code: 'GW_FORBIDDEN' });
    }
  });
});

test.each([
  ['127.0.0.1', true],
  ['127.8.8.8', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['10.0.0.1', false],
  ['::ffff:10.0.0.1', false],
  ['', false],
  ['127.evil', false],
])('%s is loopback: %s', (ip, expected) => {
  expect(isLoopback(ip)).toBe(expected);
});
