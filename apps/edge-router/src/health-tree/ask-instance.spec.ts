import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { systemClock } from '@gateway/clock';
import { adminFields, defineConfig, platformFields } from '@gateway/config';
import { healthV1 } from '@gateway/contracts';
import { loadIdentity, spiffeIdFor } from '@gateway/mtls';
import { grpcListener, type GrpcListener, startService } from '@gateway/platform';
import { createAuthority, freePort } from '@gateway/testing';
import type { Asked } from './ask';
import { askInstance, readReport } from './ask-instance';

const authority = await createAuthority(mkdtempSync(join(tmpdir(), 'health-tree-')));
const edge = loadIdentity(await authority.issue('edge-router'), { pollMs: 0 });
const ask = askInstance(edge, systemClock);

const asked = (address: string, expects = 'shop-service'): Asked => ({
  key: 'a',
  address,
  grpcAddress: address,
  expect: spiffeIdFor(expects),
});

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A service of the platform, with nothing but what the platform gives to everyone. */
async function platformService(): Promise<string> {
  const config = defineConfig({
    app: 'shop-service',
    prefix: 'SHOP_',
    fields: { ...platformFields, ...adminFields('SHOP_', 0) },
  });
  let listener: GrpcListener;
  const module = (service: Parameters<typeof grpcListener>[0]) => {
    listener = grpcListener(service, { address: { host: '127.0.0.1', port: 0 }, services: [] });
    service.health.add('disk', { required: true }).down('full');
    return { module: class ShopModule {} };
  };
  const env = {
    SHOP_ADMIN_PORT: '0',
    GATEWAY_LOG_LEVEL: 'silent',
    GATEWAY_DRAIN_DELAY: '0ms',
    GATEWAY_IDENTITY_DIR: await authority.issue('shop-service'),
  };
  const running = await startService({ name: 'shop-service', config, module }, env);
  closing.push(() => running.stop());
  return `127.0.0.1:${listener!.address.port}`;
}

/** A gRPC server that isn't of the platform, under the platform's identity. */
async function foreignService(answer?: (reply: (error: object | null, bytes?: Buffer) => void) => void) {
  const identity = loadIdentity(await authority.issue('shop-service'), { pollMs: 0 });
  const server = new Server();
  const bytes = (value: Buffer): Buffer => value;
  if (answer !== undefined)
    server.addService(
      {
        Report: {
          path: '/gateway.health.v1.HealthService/Report',
          requestStream: false,
          responseStream: false,
          requestSerialize: bytes,
          requestDeserialize: bytes,
          responseSerialize: bytes,
          responseDeserialize: bytes,
        },
      },
      { Report: (_call: unknown, reply: Parameters<typeof answer>[0]) => answer(reply) },
    );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', identity.grpcServerCredentials(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  closing.push(() => server.forceShutdown());
  return `localhost:${port}`;
}

describe('an instance', () => {
  test('of the platform tells its checks', async () => {
    const answer = await ask(asked(await platformService()), 1000);
    if (answer.kind !== 'report') throw new Error(`it is ${JSON.stringify(answer)}`);
    expect(answer.report).toMatchObject({ app: 'shop-service', phase: healthV1.Phase.RUNNING });
    expect(answer.report.checks).toMatchObject([
      { name: 'identity', state: healthV1.CheckState.OK },
      { name: 'disk', required: true, state: healthV1.CheckState.DOWN, why: 'full' },
    ]);
  });

  test('that is not of the platform is reached', async () => {
    expect(await ask(asked(await foreignService()), 1000)).toEqual({ kind: 'reached' });
  });

  test('that wants to tell nothing is reached', async () => {
    const address = await foreignService((reply) => reply({ code: 7, details: 'not for you' }));
    expect(await ask(asked(address), 1000)).toEqual({ kind: 'reached' });
  });

  test('that tells nonsense is reached', async () => {
    const address = await foreignService((reply) => reply(null, Buffer.from([0xff, 0xff, 0xff])));
    expect(await ask(asked(address), 1000)).toEqual({ kind: 'reached' });
  });

  test('that says nothing is silent after its time', async () => {
    const address = await foreignService(() => undefined);
    expect(await ask(asked(address), 200)).toEqual({ kind: 'silent', ms: 200 });
  });

  test('that is not there is unreachable', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    expect(await ask(asked(address), 1000)).toEqual({ kind: 'unreachable', why: `connect ECONNREFUSED ${address}` });
  });

  test('that is somebody else is unreachable', async () => {
    const answer = await ask(asked(await foreignService(), 'bank-service'), 1000);
    expect(answer).toMatchObject({ kind: 'unreachable', why: expect.stringContaining('bank-service') });
  });
});

test.each([
  ['without an identity', askInstance(null, systemClock), {}],
  ['that says nowhere that it speaks gRPC', ask, { grpcAddress: null }],
  ['whose identity is not known', ask, { expect: '' }],
])('an edge %s only sees whether somebody is there', async (_name, asking, given) => {
  const address = await foreignService();
  expect(await asking({ ...asked(address), ...given }, 1000)).toEqual({ kind: 'reached' });
});

test('a report is read whatever its bytes are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(['report', 'reached']).toContain(readReport(Buffer.from(bytes)).kind);
    }),
  );
});
