import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@gateway/clock';
import { registryV1 } from '@gateway/contracts';
import { type Authority, createAuthority, eventually, startRedis, type TestRedis } from '@gateway/testing';
import { bundleDaemon, type DaemonProcess, daemonProcess } from './program.fixture';

// Two real programs, one of which is killed, on a machine that others use too.
jest.setTimeout(90_000);

const INSTANCES = 24;
const { Protocol } = registryV1;

let folder: string;
let authority: Authority;
let redis: TestRedis;
let bundle: ReturnType<typeof bundleDaemon>;
let daemons: DaemonProcess[];

beforeAll(() => {
  bundle = bundleDaemon();
});
afterAll(() => bundle.remove());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'takeover-'));
  authority = await createAuthority(folder);
  redis = await startRedis({ authority, restricted: true });
  daemons = [];
  for (let n = 0; n < 2; n++) daemons.push(await daemonProcess(bundle.main, authority, redis));
});
afterEach(async () => {
  for (const daemon of daemons) await daemon.stop();
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function checkedBy({ admin }: DaemonProcess): Promise<number> {
  const text = await (await fetch(`${admin}/metrics`)).text();
  return Number(/^gateway_registry_instances_checked (\d+)$/m.exec(text)?.[1]);
}

test('two daemons share the checks, and when one is killed the other has them all within 10 s', async () => {
  const [first, second] = daemons as [DaemonProcess, DaemonProcess];
  await first.start();
  await second.start();
  const client = await first.client('project-service');
  for (let n = 0; n < INSTANCES; n++)
    await client.register({
      instance: { id: `i${n}`, service: 'project-service', address: 'localhost:1', protocol: Protocol.GRPC },
      lease: { seconds: 60n },
    });
  // The daemons themselves are instances, too.
  const all = INSTANCES + 2;
  await eventually(async () => expect((await checkedBy(first)) + (await checkedBy(second))).toBe(all), {
    within: 15_000,
  });
  expect(await checkedBy(first)).toBeGreaterThan(0);
  expect(await checkedBy(second)).toBeGreaterThan(0);
  await second.kill();
  const killedAt = systemClock.monotonic();
  await eventually(async () => expect(await checkedBy(first)).toBeGreaterThanOrEqual(all - 1), { within: 30_000 });
  // It is 9 s at most; the rest is for a busy machine.
  expect(systemClock.monotonic() - killedAt).toBeLessThan(12_000);
});
