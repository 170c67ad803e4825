import { expect, test } from '@jest/globals';
import { dependency, finding, instanceFacts, serviceFacts } from './facts.fixture';
import { growTree } from './grow';
import { History } from './history';

const iso = (ms: number): string => new Date(ms).toISOString();
const gone = (since: number | null) => instanceFacts('a', { findings: [finding('down', 'gone', since)] });

test('a tree goes from the platform to the dependencies, each with its state, why and since', () => {
  const disk = dependency('disk', { state: 'down', why: 'full', since: 700 });
  const instance = instanceFacts('a', { zone: 'north', version: '1.2', dependencies: [disk] });
  const verdict = { state: 'down', since: iso(700) };
  expect(growTree([serviceFacts('shop', [instance])], new History(), 1000)).toEqual({
    at: iso(1000),
    ...verdict,
    why: 'shop is down (no usable instance: a: disk: full)',
    services: [
      {
        name: 'shop',
        needed: true,
        ...verdict,
        why: 'no usable instance: a: disk: full',
        instances: [
          {
            id: 'a',
            address: 'a:1',
            life: 'ready',
            zone: 'north',
            version: '1.2',
            ...verdict,
            why: 'disk: full',
            dependencies: [{ name: 'disk', required: true, ...verdict, why: 'full' }],
          },
        ],
      },
    ],
  });
});

test('since is when the state began, for as long as it lasts', () => {
  const history = new History();
  const tree = (instances: Parameters<typeof serviceFacts>[1], now: number) =>
    growTree([serviceFacts('shop', instances)], history, now);
  expect(tree([instanceFacts('a')], 1000).since).toBe(iso(1000));
  expect(tree([instanceFacts('a')], 2000).since).toBe(iso(1000));
  expect(tree([gone(null)], 3000).since).toBe(iso(3000));
  // A cause that is only found later changes nothing about when it was first seen.
  const later = tree([gone(3500)], 4000);
  expect([later.since, later.services[0]!.since, later.services[0]!.instances[0]!.since]).toEqual(
    Array(3).fill(iso(3000)),
  );
  expect(tree([], 5000).services[0]!.since).toBe(iso(3000));
  expect(tree([instanceFacts('a')], 6000).since).toBe(iso(6000));
});

test('a cause from a clock that runs ahead began now', () => {
  expect(growTree([serviceFacts('shop', [gone(9000)])], new History(), 1000).since).toBe(iso(1000));
});

test('what a tree no longer has is forgotten', () => {
  const history = new History();
  growTree([serviceFacts('shop', [gone(null)])], history, 1000);
  growTree([], history, 2000);
  expect(growTree([serviceFacts('shop', [gone(null)])], history, 3000).services[0]!.since).toBe(iso(3000));
});
