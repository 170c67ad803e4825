import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, startPlatform, type Platform, type RunningProcess } from '@gateway/testing';
import { ADA, edgeClient, problemOf, type Answer, type EdgeClient } from './edge-client';
import { connectRoomClient } from './socket-client';

/** An answer must come quickly, good or bad: well under the default deadline of 15 s. */
const QUICK_MS = 3000;
const HEALED_MS = 2000;

let platform: Platform;
let edge: EdgeClient;
let ada: string;

beforeAll(async () => {
  platform = await startPlatform({ wsNodes: 2 });
  edge = edgeClient(platform.edges[0]!.url, platform.caFile);
  ada = await edge.login(...ADA);
});
afterAll(async () => {
  await edge?.close();
  await platform?.stop();
});

const read = (): Promise<Answer> => edge.call('GET', '/api/v1/projects', { token: ada, timeout: QUICK_MS });
const write = (): Promise<Answer> =>
  edge.call('PATCH', '/api/v1/projects/p1', { token: ada, json: { description: `${Date.now()}` }, timeout: QUICK_MS });
const login = (): Promise<Answer> =>
  edge.call('POST', '/api/v1/auth/login', { json: { email: ADA[0], password: ADA[1] }, timeout: QUICK_MS });

/** A failure that a user may see: 502 or 503, as a problem document. */
function expectOutage(answer: Answer): void {
  expect([502, 503]).toContain(answer.status);
  problemOf(answer);
}

async function everythingWorks(): Promise<void> {
  for (const call of [read, write]) expect((await call()).status).toBe(200);
}

/** Kills a process, runs `meanwhile`, starts it again, and sees everything work within 2 s of its being ready. */
async function killed(victim: RunningProcess, meanwhile: () => Promise<void>): Promise<void> {
  await victim.kill();
  try {
    await meanwhile();
  } finally {
    await victim.restart();
  }
  await eventually(everythingWorks, { within: HEALED_MS });
}

test('Redis: reads and writes go on', async () => {
  await killed(platform.redis, async () => {
    for (let i = 0; i < 20; i++) {
      expect((await read()).status).toBe(200);
      expect((await write()).status).toBe(200);
    }
  });
});

test('registry-daemon: the last known instances and contracts serve', async () => {
  await killed(platform.registry, async () => {
    for (let i = 0; i < 20; i++) expect((await read()).status).toBe(200);
  });
});

test('auth-proxy: known tokens pass, what cannot be decided is 503', async () => {
  const fresh = await edge.login(...ADA);
  await read();
  await killed(platform.authProxy, async () => {
    expect((await read()).status).toBe(200);
    const undecided = await edge.call('GET', '/api/v1/projects', { token: fresh, timeout: QUICK_MS });
    expect(undecided.status).toBe(503);
    expect(problemOf(undecided).code).toBe('GW_AUTH_UNAVAILABLE');
  });
});

test('mock-services: 502 or 503, quickly', async () => {
  await killed(platform.mockProcesses[0]!, async () => {
    for (let i = 0; i < 10; i++) expectOutage(await read());
    expectOutage(await login());
  });
  expect((await login()).status).toBe(200);
});

test("a ws-node: its clients are back on the other, calls don't notice", async () => {
  const client = await connectRoomClient(platform.edges[0]!.url, platform.caFile, ada);
  const counts = await Promise.all(platform.wsNodes.map((node) => node.adminJson('/info')));
  const home = counts.findIndex((info) => info['connections'] === 1);
  expect(home).toBeGreaterThanOrEqual(0);
  await killed(platform.wsNodes[home]!, async () => {
    await eventually(() => expect(client.socket.connected).toBe(true), { within: 15_000 });
    await eventually(async () => expect(await client.ask('join', { room: 'project:p1' })).toMatchObject({ ok: true }));
    expect((await write()).status).toBe(200);
    await eventually(() => expect(client.received('project_updated').length).toBeGreaterThan(0));
  });
  client.close();
});
