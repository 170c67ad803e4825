import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startPlatform, type Platform } from '@gateway/testing';
import { ADA, edgeClient, problemOf, type Answer, type EdgeClient } from './edge-client';

const BURST = 50;

let platform: Platform;
let edges: EdgeClient[];
let ada: string;

beforeAll(async () => {
  platform = await startPlatform({ edges: 2, wsNodes: 0 });
  edges = platform.edges.map((edge) => edgeClient(edge.url, platform.caFile));
  ada = await edges[0]!.login(...ADA);
});
afterAll(async () => {
  for (const edge of edges ?? []) await edge.close();
  await platform?.stop();
});

interface Timed extends Answer {
  readonly sent: number;
  readonly answered: number;
}

async function timed(edge: EdgeClient): Promise<Timed> {
  const sent = performance.now();
  const answer = await edge.call('GET', '/api/v1/projects/p1', { token: ada });
  return { ...answer, sent, answered: performance.now() };
}

test('one user at two edges is never above the rule in any window, and is told when to come back', async () => {
  const answers: Timed[] = [];
  const end = performance.now() + 4000;
  const caller = async (edge: EdgeClient): Promise<void> => {
    while (performance.now() < end) answers.push(await timed(edge));
  };
  await Promise.all(edges.flatMap((edge) => Array.from({ length: 4 }, () => caller(edge))));

  const allowed = answers.filter((answer) => answer.status === 200);
  const refused = answers.filter((answer) => answer.status === 429);
  expect(allowed.length + refused.length).toBe(answers.length);
  expect(allowed.length).toBeGreaterThan(BURST);
  expect(allowed.length).toBeLessThanOrEqual(300);
  expect(refused.length).toBeGreaterThan(0);
  // An answer was counted between its sending and its arrival: count those that lie wholly within a second.
  for (const { sent } of allowed) {
    const within = allowed.filter((each) => each.sent >= sent && each.answered <= sent + 1000);
    expect(within.length).toBeLessThanOrEqual(BURST);
  }
  for (const answer of refused) {
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(problemOf(answer)).toMatchObject({ code: 'GW_RATE_LIMITED', 'violated-policies': ['per-user'] });
  }
});
