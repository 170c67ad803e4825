import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { digestOf, registryV1 } from '@gateway/contracts';
import { type RegistryCallError, type RegistryClient, ServiceDirectory } from '@gateway/discovery';
import {
  createAuthority,
  eventually,
  type FaultyLink,
  startFaultyLink,
  startRedis,
  type TestRedis,
} from '@gateway/testing';
import { contractFixture } from './contract.fixture';
import { bundleDaemon, type DaemonProcess, daemonProcess } from './program.fixture';

// Two real programs on one real Redis, on a machine that others use too.
jest.setTimeout(120_000);

const { DRAINING, UNSPECIFIED } = registryV1.InstanceState;

let bundle: ReturnType<typeof bundleDaemon>;
let folder: string;
let redis: TestRedis;
/** Between the first daemon and Redis. */
let link: FaultyLink;
let daemons: DaemonProcess[];
let a: RegistryClient;
let b: RegistryClient;
/** Each test has a service of its own. */
let service: string;
let tests = 0;
let closing: (() => void)[];
const registered: registryV1.RegisterResponse[] = [];

beforeAll(async () => {
  bundle = bundleDaemon();
  folder = mkdtempSync(join(tmpdir(), 'registry-cluster-'));
  const authority = await createAuthority(folder);
  redis = await startRedis();
  link = await startFaultyLink(redis.port);
  const { url, caFile } = redis;
  const throughLink = { url: url.replace(String(redis.port), String(link.port)), caFile };
  daemons = [
    await daemonProcess(bundle.main, authority, throughLink),
    await daemonProcess(bundle.main, authority, redis),
  ];
  await Promise.all(daemons.map((daemon) => daemon.start()));
  [a, b] = (await Promise.all(daemons.map((daemon) => daemon.client('some-service')))) as [
    RegistryClient,
    RegistryClient,
  ];
}, 60_000);
afterAll(async () => {
  for (const daemon of daemons) await daemon.stop();
  await link.close();
  await redis.stop();
  bundle.remove();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  service = `service-${(tests += 1)}`;
  closing = [];
});
afterEach(async () => {
  for (const close of closing) close();
  // Leases left to run out would count in the next test's.
  for (const { leaseId } of registered.splice(0)) await b.deregister(leaseId);
});

async function register(
  at: RegistryClient,
  id: string,
  leaseSeconds = 10,
  zone = '',
): Promise<registryV1.RegisterResponse> {
  const lease = await at.register({
    instance: { id, service, address: 'localhost:1', protocol: registryV1.Protocol.GRPC, zone },
    lease: { seconds: BigInt(leaseSeconds) },
  });
  registered.push(lease);
  return lease;
}
const idsAt = async (client: RegistryClient): Promise<string[]> =>
  (await client.discover(service)).instances.map(({ id }) => id).sort();
const codeOf = (call: Promise<unknown>): Promise<status> =>
  call.then(
    () => status.OK,
    (error: RegistryCallError) => error.code,
  );

/** Renews as a client does, every third of a second. */
function keepAlive(at: RegistryClient, ...leaseIds: string[]): void {
  const timer = systemClock.every(333, () => {
    for (const leaseId of leaseIds) at.renew({ leaseId, state: UNSPECIFIED }).catch(() => undefined);
  });
  closing.push(() => timer.cancel());
}

/** A watcher that remembers the fewest instances that it saw, once it has seen that many. */
async function watch(
  at: RegistryClient,
  count: number,
): Promise<{ directory: ServiceDirectory; fewest: () => number }> {
  const directory = new ServiceDirectory({ client: at, clock: systemClock });
  closing.push(() => directory.close());
  await eventually(() => expect(directory.instances(service)).toHaveLength(count));
  let fewest = count;
  directory.onChange(() => (fewest = Math.min(fewest, directory.instances(service).length)));
  return { directory, fewest: () => fewest };
}

const metricAt = async (daemon: DaemonProcess, name: string): Promise<number> => {
  const text = await (await fetch(`${daemon.admin}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
};

describe('any of them serves any call', () => {
  test('registered at one, it is seen, watched, renewed and given up at the other', async () => {
    const { leaseId } = await register(a, 'x');
    // At once: the other may not have heard yet.
    expect(await codeOf(b.renew({ leaseId, state: UNSPECIFIED }))).toBe(status.OK);
    const { directory } = await watch(a, 1);
    await b.renew({ leaseId, state: DRAINING });
    await eventually(() => expect(directory.instances(service)[0]!.state).toBe(DRAINING));
    await b.deregister(leaseId);
    await eventually(() => expect(directory.instances(service)).toEqual([]));
    expect([await codeOf(a.renew({ leaseId })), await codeOf(b.renew({ leaseId }))]).toEqual([
      status.NOT_FOUND,
      status.NOT_FOUND,
    ]);
  });

  test('a change is seen at the other in well under a second', async () => {
    const directory = new ServiceDirectory({ client: b, clock: systemClock });
    closing.push(() => directory.close());
    await eventually(() => expect(directory.status.state).toBe('live'));
    const times: number[] = [];
    for (let at = 0; at < 20; at++) {
      const began = systemClock.monotonic();
      await register(a, `x${at}`);
      await eventually(() => expect(directory.instances(service)).toHaveLength(at + 1));
      times.push(systemClock.monotonic() - began);
    }
    expect(times.sort((one, other) => one - other)[10]).toBeLessThan(500);
  });

  test('a replaced generation is fenced wherever its heartbeat arrives', async () => {
    const first = await register(a, 'x');
    const second = await register(b, 'x');
    expect(second.generation!.n).toBeGreaterThan(first.generation!.n);
    expect(await codeOf(b.renew({ leaseId: first.leaseId }))).toBe(status.FAILED_PRECONDITION);
    await eventually(async () =>
      expect(await codeOf(a.renew({ leaseId: first.leaseId }))).toBe(status.FAILED_PRECONDITION),
    );
    expect(await codeOf(a.renew({ leaseId: second.leaseId }))).toBe(status.OK);
  });

  test('a contract published at one is in force at the other, with one history', async () => {
    const contracts = ['One', 'Two', 'Three'].map((comment) =>
      contractFixture({ comment, package: 'cluster.v1', path: '/cluster/{id}' }),
    );
    const inForce = async (at: RegistryClient) => (await at.discover(service)).contracts[0]?.digest;
    for (const [index, descriptorSet] of contracts.entries()) {
      const [here, there] = index % 2 === 0 ? [a, b] : [b, a];
      await here.publishContract({ service, descriptorSet });
      await eventually(async () => expect(await inForce(there)).toBe(digestOf(descriptorSet)));
    }
    expect((await a.getContract(digestOf(contracts[1]!))).descriptorSet).toEqual(contracts[1]);
    const histories = await Promise.all(
      daemons.map(async ({ admin }) => (await fetch(`${admin}/contracts/${service}/history`)).json()),
    );
    expect(histories[0]).toEqual(histories[1]);
    expect(histories[0]).toMatchObject({ history: contracts.toReversed().map((set) => ({ digest: digestOf(set) })) });
  });
});

describe('a lease ends', () => {
  test('once, at both, and not while it is renewed at the other', async () => {
    const [x, y] = [await register(a, 'x', 2), await register(a, 'y', 2)];
    const before = (await Promise.all(daemons.map((each) => metricAt(each, 'gateway_registry_leases_expired_total')))) //
      .reduce((sum, each) => sum + each);
    keepAlive(b, y.leaseId);
    const { fewest } = await watch(a, 2);
    for (const at of [a, b]) await eventually(async () => expect(await idsAt(at)).toEqual(['y']), { within: 15_000 });
    // Three lengths of its lease.
    await systemClock.sleep(6_000);
    for (const at of [a, b]) expect(await idsAt(at)).toEqual(['y']);
    expect(fewest()).toBe(1);
    const after = await Promise.all(daemons.map((each) => metricAt(each, 'gateway_registry_leases_expired_total')));
    expect(after.reduce((sum, each) => sum + each)).toBe(before + 1);
    expect(await codeOf(a.renew({ leaseId: x.leaseId }))).toBe(status.NOT_FOUND);
  });

  test('not because its daemon was killed, when it is renewed at the other', async () => {
    const { leaseId } = await register(b, 'x', 3);
    const { fewest } = await watch(a, 1);
    await daemons[1]!.kill();
    keepAlive(a, leaseId);
    await systemClock.sleep(6_000);
    expect([await idsAt(a), fewest()]).toEqual([['x'], 1]);
    await daemons[1]!.start();
    await eventually(async () => expect(await idsAt(b)).toEqual(['x']));
    expect(await codeOf(b.renew({ leaseId }))).toBe(status.OK);
  });

  test('not because a daemon stood still for a while', async () => {
    const { leaseId } = await register(a, 'x', 3);
    const { fewest } = await watch(b, 1);
    keepAlive(b, leaseId);
    daemons[0]!.pause();
    await systemClock.sleep(15_000);
    daemons[0]!.resume();
    await eventually(async () => expect(await idsAt(a)).toEqual(['x']));
    await systemClock.sleep(4_000);
    expect([await idsAt(a), await idsAt(b), fewest()]).toEqual([['x'], ['x'], 1]);
  });
});

describe('redis', () => {
  test('emptied under both is filled by both, and nobody misses anyone', async () => {
    const leases = [await register(a, 'x', 3), await register(b, 'y', 3)];
    for (const [index, { leaseId }] of leases.entries()) keepAlive([a, b][index]!, leaseId);
    const watchers = [await watch(a, 2), await watch(b, 2)];
    await redis.flush();
    await eventually(async () => expect(await redis.command('HLEN', `gw:{reg:${service}}:leases`)).toBe('2'), {
      within: 15_000,
    });
    await systemClock.sleep(5_000);
    for (const { fewest, directory } of watchers) {
      expect(fewest()).toBe(2);
      expect(directory.instances(service)).toHaveLength(2);
    }
  });

  test('away for longer than any lease, and back empty at different moments: nobody misses anyone', async () => {
    const leases = [await register(a, 'x', 2), await register(b, 'y', 2)];
    for (const [index, { leaseId }] of leases.entries()) keepAlive([a, b][index]!, leaseId);
    const watchers = [await watch(a, 2), await watch(b, 2)];
    await redis.kill();
    await link.set({ kind: 'refuse' });
    await systemClock.sleep(6_000);
    await redis.restart();
    await systemClock.sleep(3_000);
    await link.set({ kind: 'none' });
    await eventually(async () => expect(await redis.command('HLEN', `gw:{reg:${service}}:leases`)).toBe('2'), {
      within: 15_000,
    });
    await systemClock.sleep(4_000);
    for (const { fewest, directory } of watchers) {
      expect(fewest()).toBe(2);
      expect(directory.instances(service)).toHaveLength(2);
    }
  });

  test('slow for one of them: its calls go on from memory, and the other learns of them afterwards', async () => {
    await link.set({ kind: 'delay', ms: 2_000 });
    const began = systemClock.monotonic();
    const { leaseId } = await register(a, 'x');
    await a.renew({ leaseId });
    expect(await idsAt(a)).toEqual(['x']);
    expect(await codeOf(a.renew({ leaseId: `${service}/nobody@e.1` }))).toBe(status.NOT_FOUND);
    expect(systemClock.monotonic() - began).toBeLessThan(2_000);
    await link.set({ kind: 'none' });
    await eventually(async () => expect(await idsAt(b)).toEqual(['x']), { within: 15_000 });
  });

  test('cut off from one: the instance that registered at both is the later one’s, at both', async () => {
    await link.set({ kind: 'refuse' });
    await eventually(async () =>
      expect(await (await fetch(`${daemons[0]!.admin}/readyz?verbose`)).text()).toMatch(/redis is down/),
    );
    const first = await register(a, 'x', 10, 'first');
    const second = await register(b, 'x', 10, 'second');
    const [z1, z2] = [await register(b, 'z', 10, 'first'), await register(a, 'z', 10, 'second')];
    await link.set({ kind: 'none' });
    for (const at of [a, b])
      await eventually(
        async () =>
          expect((await at.discover(service)).instances.map(({ zone }) => zone)).toEqual(['second', 'second']),
        { within: 15_000 },
      );
    for (const at of [a, b]) {
      expect(await codeOf(at.renew({ leaseId: first.leaseId }))).toBe(status.FAILED_PRECONDITION);
      expect(await codeOf(at.renew({ leaseId: z1.leaseId }))).toBe(status.FAILED_PRECONDITION);
      expect(await codeOf(at.renew({ leaseId: second.leaseId }))).toBe(status.OK);
      expect(await codeOf(at.renew({ leaseId: z2.leaseId }))).toBe(status.OK);
    }
  });
});

test('twenty clients that fall silent at once are kept, with an alarm, until they are back', async () => {
  const leases: { at: RegistryClient; leaseId: string }[] = [];
  for (let index = 0; index < 20; index++) {
    const at = index % 2 === 0 ? a : b;
    leases.push({ at, leaseId: (await register(at, `x${index}`, 2)).leaseId });
  }
  const preserving = async (): Promise<number[]> =>
    Promise.all(daemons.map((daemon) => metricAt(daemon, 'gateway_registry_self_preservation')));
  await eventually(async () => expect(await preserving()).toContain(1), { within: 15_000 });
  await systemClock.sleep(5_000);
  const kept = (await idsAt(a)).length;
  // Those that ran out before it was clear that too many do are gone: 15 % at most, and what one sweep adds.
  expect(kept).toBeGreaterThanOrEqual(15);
  const ready = await Promise.all(daemons.map(async ({ admin }) => fetch(`${admin}/readyz?verbose`)));
  expect(ready.map((each) => each.status)).toEqual([200, 200]);
  expect((await Promise.all(ready.map((each) => each.text()))).join()).toMatch(
    /self-preservation: \d+ of \d+ leases ran out within 10 s/,
  );
  for (const { at, leaseId } of leases) keepAlive(at, leaseId);
  await eventually(async () => expect(await preserving()).toEqual([0, 0]), { within: 40_000 });
  expect((await idsAt(b)).length).toBe(kept);
});
