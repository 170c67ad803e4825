import { readFileSync } from 'node:fs';
import { describe, expect, jest, test } from '@jest/globals';
import { type Outcome, simulate, type Trouble, type World } from './simulation.fixture';

// Millions of made-up calls on a machine that others use too.
jest.setTimeout(60_000);

const SEEDS = [1, 2, 3];
const NOISE = 0.005;
const firstIsBad = (instance: number): boolean => instance === 0;
/** The first instance answers so much worse; the others are well. */
const badInstance =
  (link: number | 'refused') =>
  (_edge: number, instance: number): number | 'refused' =>
    firstIsBad(instance) ? link : NOISE;
/** Edges of that share can't reach instances of that share. */
const zonesCut = (edges: number, instances: number) => (edge: number, instance: number, world: World) =>
  edge < world.edges * edges && instance < world.instances * instances ? 1 : NOISE;

/** What happens, and what must come of it. */
interface Scenario extends Trouble {
  /** Good instances may be ejected, within the cap: most edges really can't use them. */
  readonly mayEjectGood?: boolean;
  /** Seconds within which what is bad must be out. */
  readonly outWithin?: number;
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'all is well': {},
  'one edge reports everything as failing': { liars: 1 },
  'one edge is cut off from everything': { link: (edge) => (edge === 0 ? 1 : NOISE) },
  'one edge is refused by half': { link: (edge, instance) => (edge === 0 && instance % 2 === 0 ? 'refused' : NOISE) },
  'each link is cut by a chance of 1 in 4': {
    link: (edge, instance, world) => (world.chance(edge, instance) < 0.25 ? 1 : NOISE),
  },
  'two zones are cut off from each other': {
    link: (edge, instance, world) => (edge < world.edges / 2 === instance < world.instances / 2 ? NOISE : 1),
  },
  'two thirds of the edges are cut off from half': { link: zonesCut(2 / 3, 1 / 2) },
  'a third of the edges is cut off from a fifth': { link: zonesCut(1 / 3, 1 / 5) },
  'two thirds of the edges are cut off from a fifth': { link: zonesCut(2 / 3, 1 / 5), mayEjectGood: true },
  'everything fails': { link: () => 1 },
  'one instance refuses connections': { link: badInstance('refused'), isBad: firstIsBad, outWithin: 5 },
  'one instance never answers': { link: badInstance(1), isBad: firstIsBad, outWithin: 5 },
  'one instance fails every second call': { link: badInstance(0.5), isBad: firstIsBad, outWithin: 15 },
  'one never answers, and one edge lies': { link: badInstance(1), isBad: firstIsBad, liars: 1, outWithin: 5 },
  'one never answers, and 1 in 4 links is cut': {
    link: (edge, instance, world) => (firstIsBad(instance) || world.chance(edge, instance) < 0.25 ? 1 : NOISE),
    isBad: firstIsBad,
    outWithin: 10,
  },
};

const outcomes = new Map<string, readonly Outcome[]>();

describe('in worlds of 20 to 50 edges and 10 to 30 instances', () => {
  test.each(Object.entries(SCENARIOS))('%s', (name, { mayEjectGood = false, outWithin = Infinity, ...trouble }) => {
    const worlds = SEEDS.map((seed) => simulate(seed, trouble));
    outcomes.set(name, worlds);
    for (const { goodEjected, badOutAfter, mostOut, cap } of worlds) {
      if (!mayEjectGood) expect(goodEjected).toBe(0);
      for (const after of badOutAfter) expect(after).toBeLessThanOrEqual(outWithin);
      expect(mostOut).toBeLessThanOrEqual(cap);
    }
  });
});

test('the table in the README is what came out', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const published = readme
    .split('\n')
    .filter((line) => [...outcomes.keys()].some((name) => line.startsWith(`| ${name} `)));
  expect(published.map(cellsOf)).toEqual([...outcomes].map(([name, worlds]) => [name, ...row(worlds)]));
});

const cellsOf = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

/** Good ones ejected; the slowest until a bad one was out; the most out at a time, of how many allowed. */
function row(worlds: readonly Outcome[]): string[] {
  const most = (numbers: readonly number[]): number => Math.max(...numbers);
  const slowest = worlds.flatMap(({ badOutAfter }) => badOutAfter);
  return [
    String(most(worlds.map(({ goodEjected }) => goodEjected))),
    slowest.length === 0 ? '' : `${most(slowest)} s`,
    String(most(worlds.map(({ mostOut }) => mostOut))),
  ];
}
