import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, startPlatform, type Fault, type Platform } from '@gateway/testing';
import { ADA, edgeClient, type EdgeClient } from './edge-client';

/** An answer that waited for a Redis that takes two seconds would take longer. */
const QUICK_MS = 1_000;

let platform: Platform;
let edge: EdgeClient;
let ada: string;

beforeAll(async () => {
  platform = await startPlatform({ redisThroughLink: true, wsNodes: 1 });
  edge = edgeClient(platform.edges[0]!.url, platform.caFile);
  ada = await edge.login(...ADA);
});
afterAll(async () => {
  await edge?.close();
  await platform?.stop();
});

const walk = async (): Promise<void> => {
  for (const path of ['/api/v1/projects', '/api/v1/projects/p1', '/api/v1/users/me'])
    expect((await edge.call('GET', path, { token: ada, timeout: QUICK_MS })).status).toBe(200);
  const json = { description: `${Date.now()}` };
  const written = await edge.call('PATCH', '/api/v1/projects/p1', { token: ada, json, timeout: QUICK_MS });
  expect(written.status).toBe(200);
};

const FAULTS: readonly (readonly [string, Fault])[] = [
  ['slow', { kind: 'delay', ms: 2_000 }],
  ['swallowing everything', { kind: 'blackhole' }],
  ['hanging', { kind: 'hang' }],
  ['refusing', { kind: 'refuse' }],
  ['resetting', { kind: 'reset', afterBytes: 0 }],
  ['not Redis', { kind: 'answer', bytes: 'HTTP/1.1 400 Bad Request\r\n\r\n' }],
];

test.each(FAULTS)('Redis %s: traffic flows, quickly, and everything is well again when it is', async (_name, fault) => {
  await platform.redisLink!.set(fault);
  try {
    for (let i = 0; i < 10; i++) await walk();
  } finally {
    await platform.redisLink!.set({ kind: 'none' });
  }
  await eventually(
    async () => {
      const { checks } = await platform.edges[0]!.adminJson('/readyz?verbose');
      expect(checks.find(({ name }: { name: string }) => name === 'redis')).toMatchObject({ state: 'ok' });
    },
    { within: 10_000 },
  );
  await walk();
});
