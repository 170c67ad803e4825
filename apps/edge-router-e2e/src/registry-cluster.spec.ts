import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, startPlatform, type Platform } from '@gateway/testing';
import { ADA, edgeClient, type EdgeClient } from './edge-client';

/** A registry-daemon that dies loses its clients to the others within two seconds; a lease lasts ten. */
const MOVED_MS = 12_000;
const QUICK_MS = 3_000;

let platform: Platform;
let edge: EdgeClient;
let ada: string;

beforeAll(async () => {
  platform = await startPlatform({ registries: 2, wsNodes: 1 });
  edge = edgeClient(platform.edges[0]!.url, platform.caFile);
  ada = await edge.login(...ADA);
});
afterAll(async () => {
  await edge?.close();
  await platform?.stop();
});

interface Listed {
  readonly services: readonly { readonly name: string; readonly instances: readonly { readonly id: string }[] }[];
}

const instancesAt = async (registry: Platform['registry']): Promise<string[]> => {
  const { services }: Listed = await registry.adminJson('/services');
  return services.flatMap(({ name, instances }) => instances.map(({ id }) => `${name}/${id}`)).sort();
};

const read = async (): Promise<void> => {
  const { status } = await edge.call('GET', '/api/v1/projects', { token: ada, timeout: QUICK_MS });
  expect(status).toBe(200);
};

const bothKnow = async (): Promise<string[]> => {
  const [one, other] = await Promise.all(platform.registries.map(instancesAt));
  expect(one).toEqual(other);
  return one!;
};

test('every registry-daemon knows every instance, whoever it registered with', async () => {
  await eventually(async () => {
    const known = await bothKnow();
    for (const app of ['auth-proxy/auth-proxy', 'ws-node/ws-node-1', 'project-service/mock-services-1'])
      expect(known).toContain(app);
  });
});

test.each([0, 1])('registry-daemon %s dies: nothing is lost, new things are found, and it catches up', async (nth) => {
  const [victim, survivor] = [platform.registries[nth]!, platform.registries[1 - nth]!];
  const before = await instancesAt(survivor);
  await victim.kill();
  await read();
  // A new life of an instance is registered with whoever lives, and called at once.
  await platform.mockProcesses[0]!.restart();
  await eventually(read, { within: 2_000 });
  // Longer than a lease: those who had theirs from the dead one renew with the other.
  const end = performance.now() + MOVED_MS;
  while (performance.now() < end) {
    await read();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const own = /^registry-daemon\//;
  expect((await instancesAt(survivor)).filter((id) => !own.test(id))).toEqual(before.filter((id) => !own.test(id)));
  await victim.restart();
  await eventually(bothKnow, { within: 10_000 });
  await read();
});

test('Redis dies and is back empty: no moment without answers, and both know everything again', async () => {
  let before: string[] = [];
  await eventually(async () => {
    before = await bothKnow();
    for (const { name } of platform.registries) expect(before).toContain(`registry-daemon/${name}`);
  });
  await platform.redis.kill();
  for (let i = 0; i < 10; i++) await read();
  await platform.redis.restart();
  for (let i = 0; i < 10; i++) {
    await read();
    for (const registry of platform.registries) expect(await instancesAt(registry)).toEqual(before);
  }
  await eventually(async () => expect(await bothKnow()).toEqual(before), { within: 12_000 });
});
