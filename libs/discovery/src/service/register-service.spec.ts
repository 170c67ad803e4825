import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { authV1, descriptorSetOf, registryV1 } from '@gateway/contracts';
import { eventually } from '@gateway/testing';
import { ScriptedRegistry } from '../scripted-registry.fixture';
import { registerService } from './register-service';
import type { RegisteredService, ServiceOptions } from './service-options';
import { closeListener, DeregisterOnShutdown, shutDownOnSignals } from './shutdown';

// Real sockets on a machine that others use too.
jest.setTimeout(30_000);

let registry: ScriptedRegistry;
let registered: RegisteredService | null;
const servers: HttpServer[] = [];

beforeEach(async () => {
  registry = await ScriptedRegistry.start();
  registered = null;
});

afterEach(async () => {
  await registered?.close();
  for (const server of servers.splice(0)) server.close();
  registry.close();
});

const base = (): ServiceOptions => ({
  registry: registry.address,
  identity: registry.identityDir,
  service: 'reports-service',
  address: 'localhost:4000',
  drainMs: 20,
});

async function register(more: Partial<ServiceOptions> = {}): Promise<RegisteredService> {
  registered = registerService({ ...base(), ...more });
  await eventually(() => expect(registered!.status.state).toBe('registered'));
  return registered;
}

async function listen(): Promise<HttpServer> {
  const server = createServer((_request, response) => void response.end('ok'));
  await once(server.listen(0, 'localhost'), 'listening');
  servers.push(server);
  return server;
}

/** Signals that a test sends. */
class Signals {
  readonly #listeners = new Map<string, () => void>();
  once = (signal: string, listener: () => void): unknown => this.#listeners.set(signal, listener);
  send = (signal: string): void => this.#listeners.get(signal)!();
}

describe('registering a service', () => {
  test('takes one call', async () => {
    const { id } = await register();
    expect(id).toBe(`${hostname()}-4000`);
    expect(registry.registered[0]).toMatchObject({
      instance: { id, service: 'reports-service', address: 'localhost:4000', protocol: registryV1.Protocol.GRPC },
      descriptorSet: new Uint8Array(),
      lease: { seconds: 10n },
    });
  });

  test('tells all that there is to tell', async () => {
    const contract = descriptorSetOf([authV1.file_gateway_auth_v1_auth_proxy]);
    const file = join(registry.identityDir, 'contract.binpb');
    writeFileSync(file, contract);
    const healthCheck = {
      kind: 'http',
      target: '/health',
      intervalMs: 5_000,
      timeoutMs: 500,
      unhealthyThreshold: 2,
    } as const;
    const place = { zone: 'eu-1a', version: 'v2', weight: 3, metadata: { team: 'reports' } };
    await register({ id: 'r1', protocol: 'h2', contract: file, healthCheck, leaseMs: 20_000, ...place });
    expect(registry.registered[0]).toMatchObject({
      instance: {
        ...{ id: 'r1', protocol: registryV1.Protocol.H2, ...place },
        healthCheck: {
          ...{ kind: registryV1.HealthCheck_Kind.HTTP, target: '/health', unhealthyThreshold: 2, healthyThreshold: 0 },
          ...{ interval: { seconds: 5n }, timeout: { nanos: 500_000_000 } },
        },
      },
      descriptorSet: contract,
      lease: { seconds: 20n },
    });
  });

  test('takes credentials, and several registries', async () => {
    await register({ identity: registry.clientCredentials, registry: `localhost:1, ${registry.address}` });
    await registered!.close();
    await register({ registry: ['localhost:1', registry.address] });
    expect(registry.registered).toHaveLength(2);
  });

  test.each([
    ['an address without a port', { address: 'localhost' }, 'address: "localhost" is not host:port'],
    ['a port that isn’t known yet', { address: 'localhost:0' }, 'is not host:port'],
    ['a registry that is no address', { registry: 'a:1,b' }, 'registry: "b" is not an address'],
    ['an identity that isn’t there', { identity: '/nowhere' }, "the identity in /nowhere can't be used"],
    ['a contract that is none', { contract: Buffer.from('nope') }, /./],
    ['a contract that isn’t there', { contract: '/nowhere.binpb' }, 'ENOENT'],
  ])('refuses %s', (_what, wrong, message) => {
    expect(() => registerService({ ...base(), ...wrong })).toThrow(message);
  });

  test('refuses a registry that is somebody else', async () => {
    registered = registerService({ ...base(), registryIdentity: 'spiffe://gateway.local/other' });
    await eventually(() =>
      expect(registered!.status).toMatchObject({ state: 'unreachable', why: expect.stringContaining('is expected') }),
    );
  });
});

describe('closing a service', () => {
  test('drains, waits until everyone has heard of it, and deregisters; once', async () => {
    const { DRAINING } = registryV1.InstanceState;
    await register({ drainMs: 200 });
    const closed = registered!.close();
    expect(registered!.close()).toBe(closed);
    await eventually(() => expect(registry.renewed.at(-1)).toMatchObject({ state: DRAINING }));
    expect(registry.deregistered).toEqual([]);
    await closed;
    expect([registry.deregistered, registered!.status.state]).toEqual([['lease-1'], 'deregistered']);
  });

  test('doesn’t fail without a registry, and doesn’t wait where nobody was told', async () => {
    registry.shut();
    registered = registerService({ ...base(), drainMs: 600_000 });
    await eventually(() => expect(registered!.status.state).toBe('unreachable'));
    await registered.close();
  });

  test('comes before the listener’s end', async () => {
    const server = await listen();
    const url = `http://localhost:${(server.address() as AddressInfo).port}`;
    const signals = new Signals();
    const ended = shutDownOnSignals(await register(), server, { process: signals });
    const answered: boolean[] = [];
    const closed = once(server, 'close').then(() => answered.push(registry.deregistered.length === 1));
    signals.send('SIGTERM');
    await eventually(async () => {
      if (registry.deregistered.length > 0) return;
      expect((await fetch(url)).status).toBe(200);
      throw new Error('not deregistered yet');
    });
    await ended;
    await closed;
    expect(answered).toEqual([true]);
    await expect(fetch(url)).rejects.toThrow();
  });

  test('under Nest is done by a provider', async () => {
    const shutdown = new DeregisterOnShutdown();
    await shutdown.beforeApplicationShutdown();
    expect(shutdown.take(await register())).toBe(registered);
    await shutdown.beforeApplicationShutdown();
    expect(registry.deregistered).toEqual(['lease-1']);
  });
});

describe('closing a listener', () => {
  test('lets requests finish', async () => {
    const server = createServer((_request, response) => void setTimeout(() => response.end('slow'), 200));
    await once(server.listen(0, 'localhost'), 'listening');
    const answer = fetch(`http://localhost:${(server.address() as AddressInfo).port}`);
    await once(server, 'request');
    await closeListener(server);
    expect(await (await answer).text()).toBe('slow');
  });

  test('cuts those that take too long', async () => {
    const server = createServer(() => undefined);
    await once(server.listen(0, 'localhost'), 'listening');
    const answer = fetch(`http://localhost:${(server.address() as AddressInfo).port}`).catch(() => 'cut');
    await once(server, 'request');
    await closeListener(server, { graceMs: 50 });
    expect(await answer).toBe('cut');
  });

  test('takes a gRPC server, too', async () => {
    const server = new GrpcServer();
    await new Promise<void>((resolve, reject) =>
      server.bindAsync('localhost:0', ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      ),
    );
    await closeListener(server, { graceMs: 50 });
  });
});

test('the README’s example runs', async () => {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  const [, code] = /<!-- example -->\n+```ts\n([^]+?)```/.exec(readme)!;
  const signals = new Signals();
  const environment = { GATEWAY_REGISTRY: registry.address, GATEWAY_IDENTITY_DIR: registry.identityDir };
  const server = createServer();
  const names = { createServer: () => server, app: undefined, registerService, shutDownOnSignals };
  const process = { env: environment, once: signals.once };
  const example = new Function(...Object.keys(names), 'process', `return (async () => {${code}})();`) as (
    ...values: unknown[]
  ) => Promise<void>;
  const wrapped = {
    ...names,
    shutDownOnSignals: (a: RegisteredService, b: HttpServer) => shutDownOnSignals(a, b, { process }),
  };
  const ended = example(...Object.values(wrapped), process);
  await eventually(() => expect(registry.registered).toHaveLength(1));
  const { port } = server.address() as AddressInfo;
  expect(registry.registered[0]!.instance).toMatchObject({ service: 'reports-service', address: `localhost:${port}` });
  signals.send('SIGTERM');
  await ended;
  expect([registry.deregistered, server.listening]).toEqual([['lease-1'], false]);
});
