import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { eventually, startPlatform, type Platform } from '@gateway/testing';
import { ADA, BOB, edgeClient, type EdgeClient } from './edge-client';

const GET_PROJECT = 'project.v1.ProjectService/GetProject';

let platform: Platform;
let first: EdgeClient;
let second: EdgeClient;
let ada: string;

beforeAll(async () => {
  platform = await startPlatform({ edges: 2, wsNodes: 0 });
  [first, second] = platform.edges.map((edge) => edgeClient(edge.url, platform.caFile)) as [EdgeClient, EdgeClient];
  ada = await first.login(...ADA);
});
afterAll(async () => {
  await first?.close();
  await second?.close();
  await platform?.stop();
});
beforeEach(() => platform.mocks.admin('DELETE', '/calls'));

const upstreamCalls = async (): Promise<number> => (await platform.mocks.adminJson('/calls'))[GET_PROJECT] ?? 0;
const read = (edge: EdgeClient, token = ada) => edge.call('GET', '/api/v1/projects/p1', { token });

test('a change through one edge is seen by the other within a second', async () => {
  for (const edge of [first, second]) {
    await read(edge);
    expect((await read(edge)).headers['cache-status']).toContain('hit');
  }
  const warm = await upstreamCalls();
  const name = `Changed ${Date.now()}`;
  expect((await first.call('PATCH', '/api/v1/projects/p1', { token: ada, json: { name } })).status).toBe(200);

  const own = await read(first);
  expect(own.headers['cache-status']).toContain('fwd');
  expect(own.body.name).toBe(name);
  const other = await eventually(
    async () => {
      const answer = await read(second);
      expect(answer.body.name).toBe(name);
      return answer;
    },
    { within: 1000 },
  );
  expect(other.status).toBe(200);
  expect(await upstreamCalls()).toBeGreaterThan(warm);
});

test('every hit and miss agrees with what the service counted', async () => {
  await first.call('PATCH', '/api/v1/projects/p1', { token: ada, json: { description: `at ${Date.now()}` } });
  const answers = [];
  for (let i = 0; i < 6; i++) answers.push(await read(first));
  const misses = answers.filter((answer) => String(answer.headers['cache-status']).includes('fwd')).length;
  expect(misses).toBe(1);
  expect(await upstreamCalls()).toBe(misses);
});

test('a hit never crosses principals', async () => {
  const bob = await first.login(...BOB);
  await first.call('PATCH', '/api/v1/projects/p1', { token: ada, json: { description: `for ${Date.now()}` } });
  await read(first, ada);
  expect((await read(first, bob)).headers['cache-status']).toContain('fwd');
  expect((await first.call('GET', '/api/v1/projects/p2', { token: ada })).status).toBe(200);
  expect((await first.call('GET', '/api/v1/projects/p2', { token: bob })).status).toBe(403);
});

test('a logout ends the session at both edges', async () => {
  const token = await first.login(...ADA);
  for (const edge of [first, second]) expect((await edge.call('GET', '/api/v1/users/me', { token })).status).toBe(200);
  expect((await first.call('POST', '/api/v1/auth/logout', { token, json: {} })).status).toBe(200);
  expect((await first.call('GET', '/api/v1/users/me', { token })).status).toBe(401);
  await eventually(async () => expect((await second.call('GET', '/api/v1/users/me', { token })).status).toBe(401), {
    within: 1000,
  });
});
