import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { digestOf, registryV1 } from '@gateway/contracts';
import { registerService, type Registration, type RegistryClient, ServiceDirectory } from '@gateway/discovery';
import { type Authority, createAuthority, eventually, startRedis, type TestRedis } from '@gateway/testing';
import { contractFixture } from './contract.fixture';
import { bundleDaemon, daemonProcess, type DaemonProcess } from './program.fixture';

jest.setTimeout(60_000);

const SERVICE = 'project-service';
const LEASES = `gw:{reg:${SERVICE}}:leases`;
const descriptorSet = contractFixture();

let bundle: ReturnType<typeof bundleDaemon>;
let folder: string;
let authority: Authority;
let redis: TestRedis;
let daemon: DaemonProcess;
let service: RegistryClient;
let closing: (() => void | Promise<void>)[];

beforeAll(async () => {
  bundle = bundleDaemon();
  folder = mkdtempSync(join(tmpdir(), 'registry-'));
  authority = await createAuthority(folder);
  redis = await startRedis();
});

afterAll(async () => {
  await redis.stop();
  bundle.remove();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  closing = [];
  await redis.restart();
  daemon = await daemonProcess(bundle.main, authority, redis);
  await daemon.start();
  service = await daemon.client(SERVICE);
});

afterEach(async () => {
  for (const close of closing.reverse()) await close();
  await daemon.stop();
});

function register(): Registration {
  const instance = { id: 'a', service: SERVICE, address: 'localhost:1', protocol: registryV1.Protocol.GRPC };
  const registration = registerService({
    client: service,
    clock: systemClock,
    instance,
    descriptorSet,
    leaseMs: 3_000,
  });
  closing.push(() => registration.deregister());
  return registration;
}

/** A watcher that remembers the fewest instances it ever saw, once it saw one. */
async function watcher(): Promise<{ directory: ServiceDirectory; fewest: () => number }> {
  const directory = new ServiceDirectory({
    client: await daemon.client('edge-router'),
    clock: systemClock,
    withContracts: true,
  });
  closing.push(() => directory.close());
  await eventually(() => expect(directory.instances(SERVICE)).toHaveLength(1));
  let fewest = 1;
  directory.onChange(() => (fewest = Math.min(fewest, directory.instances(SERVICE).length)));
  return { directory, fewest: () => fewest };
}

const epoch = async (): Promise<string> => (await service.discover('')).revision!.epoch;
const stored = async (): Promise<boolean> => (await redis.command('HEXISTS', LEASES, 'a')) === '1';

test('redis emptied under it is filled again, in a new epoch, and nobody sees the service vanish', async () => {
  register();
  const { directory, fewest } = await watcher();
  await eventually(stored);
  const before = await epoch();
  await redis.flush();
  await eventually(async () => expect(await epoch()).not.toBe(before));
  await eventually(stored);
  await eventually(async () => expect(await redis.command('EXISTS', `gw:{reg:${SERVICE}}:publications`)).toBe('1'));
  expect(fewest()).toBe(1);
  expect(directory.status.state).toBe('live');
});

test('with redis gone it registers, renews and watches from memory, and writes it all when redis is back', async () => {
  await redis.kill();
  const registration = register();
  await eventually(() => expect(registration.status.state).toBe('registered'));
  const { fewest } = await watcher();
  const { leaseId } = await service.register({
    instance: { id: 'b', service: SERVICE, address: 'localhost:2', protocol: registryV1.Protocol.GRPC },
  });
  await service.renew({ leaseId });
  await service.deregister(leaseId);
  await redis.restart();
  await eventually(stored, { within: 20_000 });
  expect(fewest()).toBe(1);
});

test('killed and started again it has its leases from redis and its contracts from the journal', async () => {
  register();
  const { directory, fewest } = await watcher();
  await eventually(stored);
  const [before, generation] = [await epoch(), directory.instances(SERVICE)[0]!.generation];
  await daemon.kill();
  await eventually(() => expect(directory.status.state).toBe('stale'));
  expect(directory.instances(SERVICE)).toHaveLength(1);
  await daemon.start();
  const { instances, contracts } = await eventually(() => service.discover(SERVICE));
  expect(instances).toMatchObject([{ id: 'a', generation }]);
  expect(contracts).toMatchObject([{ service: SERVICE, digest: digestOf(descriptorSet) }]);
  expect(await epoch()).toBe(before);
  await eventually(() => expect(directory.status.state).toBe('live'));
  expect(fewest()).toBe(1);
});

test('killed with redis emptied it gets its instances back, and no watcher sees the service vanish', async () => {
  const registration = register();
  const { directory, fewest } = await watcher();
  await daemon.kill();
  await redis.restart();
  await daemon.start();
  await eventually(async () => expect((await service.discover(SERVICE)).instances).toHaveLength(1));
  await eventually(() => expect(directory.status.state).toBe('live'));
  await eventually(() => expect(registration.status.state).toBe('registered'));
  await eventually(() => expect(directory.descriptorSet(digestOf(descriptorSet))).toEqual(descriptorSet));
  expect(fewest()).toBe(1);
});
