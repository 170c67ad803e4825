import { expect, test } from '@jest/globals';
import type { ShedPriority } from '@gateway/resilience';
import { contextOf, httpRoute, refusal, run } from '../../pipeline.fixture';
import { shedLoad } from './shed-load';

const counted: string[] = [];
const shedding = (...refused: ShedPriority[]) => ({
  sheds: (priority: ShedPriority) => refused.includes(priority),
  shedCounterFor: (priority: ShedPriority) => () => void counted.push(priority),
});
const route = (priority?: string) => httpRoute({ policy: priority === undefined ? {} : { priority } });

test('what has room passes', async () => {
  expect((await run(shedLoad(route(), shedding('sheddable')), contextOf())).status).toBe(200);
});

test.each([
  [undefined, 'normal'],
  ['NORMAL', 'normal'],
  ['SHEDDABLE', 'sheddable'],
  ['CRITICAL', 'critical'],
] as const)('a route of priority %s is refused when %s is', async (priority, shed) => {
  const refused = await refusal(shedLoad(route(priority), shedding(shed)), contextOf());
  expect(refused).toMatchObject({ code: 'GW_OVERLOADED', context: { retryAfter: 1 } });
  expect(counted.at(-1)).toBe(shed);
});
