import { createServer, type Server, type Socket } from 'node:net';
import { Server as GrpcServer, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { registryV1 } from '@gateway/contracts';
import { eventually, freePort } from '@gateway/testing';
import { ServiceDirectory } from './directory';
import { RegistryClient, type RegistryClientOptions } from './registry-client';
import { Refuse, ScriptedRegistry } from './scripted-registry.fixture';
import { registerService } from './service/register-service';

// Real sockets on a machine that others use too.
jest.setTimeout(30_000);

const instance = { id: 'a', service: 'demo', address: 'localhost:1', protocol: registryV1.Protocol.GRPC };
/** How soon clients of a registry that died must have moved, in milliseconds. */
const MOVE_MS = 2_000;

let first: ScriptedRegistry;
let second: ScriptedRegistry;
const closing: (() => void)[] = [];

beforeEach(async () => {
  first = await ScriptedRegistry.start();
  second = await ScriptedRegistry.beside(first);
  closing.push(() => (first.close(), second.close()));
});

afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

function connect(addresses: readonly string[], options: Partial<RegistryClientOptions> = {}): RegistryClient {
  const credentials = first.clientCredentials;
  const made = new RegistryClient({ address: addresses, credentials, clock: systemClock, random: () => 0, ...options });
  closing.push(() => made.close());
  return made;
}

const both = () => connect([first.address, second.address]);
const snapshotOf = (n: number, ...ids: string[]) => ({
  revision: { epoch: 'e1', n: BigInt(n) },
  event: {
    case: 'snapshot' as const,
    value: { instances: ids.map((id) => ({ ...instance, id, generation: { epoch: 'e1', n: 1n } })) as never },
  },
});

describe('a call', () => {
  test('goes to the next registry at once when one is away, and stays there', async () => {
    const client = both();
    await client.renew({ leaseId: 'x' });
    expect(first.renewed).toHaveLength(1);
    first.shut();
    await client.renew({ leaseId: 'y' });
    await first.open();
    await client.renew({ leaseId: 'z' });
    expect(first.renewed).toHaveLength(1);
    expect(second.renewed.map(({ leaseId }) => leaseId)).toEqual(['y', 'z']);
    expect(client.address).toBe(second.address);
  });

  test('asks each registry once', async () => {
    const client = both();
    [first, second].forEach((each) => (each.onRenew = () => new Refuse(status.UNAVAILABLE)));
    await expect(client.renew({ leaseId: 'x' })).rejects.toMatchObject({ code: status.UNAVAILABLE });
    expect([first.renewed.length, second.renewed.length]).toEqual([1, 1]);
  });

  test('that is refused isn’t taken elsewhere', async () => {
    const client = both();
    first.onRegister = () => new Refuse(status.PERMISSION_DENIED);
    await expect(client.register({ instance })).rejects.toMatchObject({ code: status.PERMISSION_DENIED });
    expect(second.registered).toEqual([]);
  });

  test('passes over what takes connections and says nothing', async () => {
    const silent = createServer(() => undefined);
    const client = connect([await listening(silent), second.address]);
    const began = performance.now();
    await client.renew({ leaseId: 'x' });
    expect(performance.now() - began).toBeLessThan(MOVE_MS + 500);
    expect(second.renewed).toHaveLength(1);
  });

  test('passes over what isn’t a registry', async () => {
    const client = connect([
      await otherGrpcServer(first),
      await listening(createServer((s) => s.end('nope'))),
      second.address,
    ]);
    await client.renew({ leaseId: 'x' });
    expect(second.renewed).toHaveLength(1);
  });

  test('begins where chance says, so that clients spread', () => {
    const addresses = [first.address, second.address];
    expect(connect(addresses, { random: () => 0.6 }).address).toBe(second.address);
    expect(connect(addresses, { random: () => 0.4 }).address).toBe(first.address);
    expect(() => connect([])).toThrow('at least one address');
  });
});

describe('a watch', () => {
  test('goes on at another registry within two seconds of its death, and misses nothing', async () => {
    first.onWatch = () => snapshotOf(1, 'a');
    second.onWatch = () => snapshotOf(2, 'a', 'b');
    const directory = watching(both());
    await eventually(() => expect(idsOf(directory)).toEqual(['a']));
    const began = performance.now();
    first.shut();
    await eventually(() => expect(idsOf(directory)).toEqual(['a', 'b']));
    expect(performance.now() - began).toBeLessThan(MOVE_MS);
    expect(directory.status.state).toBe('live');
  });

  test('keeps who came after the revision at which the next registry stands', async () => {
    first.onWatch = () => snapshotOf(1, 'a');
    second.onWatch = () => snapshotOf(1, 'a', 'gone');
    const directory = watching(both());
    await eventually(() => expect(first.watching).toBe(1));
    const young = { ...instance, id: 'young', generation: { epoch: 'e1', n: 7n } };
    first.tell({ revision: { epoch: 'e1', n: 7n }, event: { case: 'upserted', value: young as never } });
    const renewed = { ...instance, address: 'localhost:2', generation: { epoch: 'e1', n: 8n } };
    first.tell({ revision: { epoch: 'e1', n: 8n }, event: { case: 'upserted', value: renewed as never } });
    await eventually(() => expect(directory.instances('demo').map(({ address }) => address)).toContain('localhost:2'));
    first.shut();
    await eventually(() => expect(idsOf(directory)).toEqual(['a', 'gone', 'young']));
    expect(directory.instances('demo').find(({ id }) => id === 'a')!.address).toBe('localhost:2');
  });

  test('leaves a registry whose messages can’t be read', async () => {
    second.onWatch = () => snapshotOf(2, 'a');
    const directory = watching(connect([await garbageRegistry(first), second.address]));
    await eventually(() => expect(idsOf(directory)).toEqual(['a']));
  });

  test('leaves a registry that has gone silent when it is told to', async () => {
    const client = both();
    const end = client.watch([], { message: () => undefined, end: () => undefined });
    end(true);
    expect(client.address).toBe(second.address);
  });
});

test('a registration moves within two seconds and registers where its lease isn’t known', async () => {
  first.onRegister = () => ({ leaseId: 'lease-1', lease: { seconds: 1n } });
  second.onRenew = () => (second.registered.length > 0 ? { lease: { seconds: 1n } } : new Refuse(status.NOT_FOUND));
  const registration = registerService({ client: both(), clock: systemClock, instance, leaseMs: 1_000 });
  closing.push(() => void registration.deregister());
  await eventually(() => expect(registration.status.state).toBe('registered'));
  first.shut();
  await eventually(() => expect(second.registered).toHaveLength(1), { within: MOVE_MS });
  await eventually(() => expect(registration.status.state).toBe('registered'));
});

function watching(client: RegistryClient): ServiceDirectory {
  const directory = new ServiceDirectory({ client, clock: systemClock });
  closing.push(() => directory.close());
  return directory;
}

const idsOf = (directory: ServiceDirectory): string[] =>
  directory
    .instances('demo')
    .map(({ id }) => id)
    .sort();

async function listening(server: Server): Promise<string> {
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve));
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)));
  closing.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `localhost:${port}`;
}

/** A gRPC server with the registry's certificate that has none of its methods. */
const otherGrpcServer = (like: ScriptedRegistry): Promise<string> => grpcServer(like, () => undefined);

/** One whose watch sends bytes that are no message. */
const garbageRegistry = (like: ScriptedRegistry): Promise<string> =>
  grpcServer(like, (server) => {
    const bytes = (value: Buffer): Buffer => value;
    const definition = {
      path: '/gateway.registry.v1.RegistryService/Watch',
      requestStream: false,
      responseStream: true,
      ...{ requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes },
    };
    server.addService(
      { watch: definition },
      { watch: (call: { write(b: Buffer): void }) => call.write(Buffer.of(255)) },
    );
  });

async function grpcServer(like: ScriptedRegistry, add: (server: GrpcServer) => void): Promise<string> {
  const server = new GrpcServer();
  add(server);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('localhost:0', like.serverCredentials, (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  closing.push(() => server.forceShutdown());
  return `localhost:${port}`;
}
