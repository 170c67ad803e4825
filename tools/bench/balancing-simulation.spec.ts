import { expect, test } from '@jest/globals';
import type { Algorithm } from '@gateway/balancing';
import { SCENARIOS } from './balancing-scenarios';
import { seeded, simulate } from './balancing-simulation';

const [alike, slow, overloaded] = SCENARIOS.map((scenario) => ({ ...scenario, calls: 50_000 }));
const run = (scenario: typeof alike, algorithm: Algorithm) => simulate(scenario!, algorithm, seeded(7));

test('a slow instance costs round robin its tail, the others hardly anything', () => {
  const [turns, least, peak] = [run(slow, 'round-robin'), run(slow, 'least-request'), run(slow, 'peak-ewma')];
  expect(turns.slowShare).toBeCloseTo(0.1, 2);
  expect(least.slowShare).toBeLessThan(0.04);
  expect(peak.slowShare).toBeLessThan(0.01);
  expect(least.p99).toBeLessThan(turns.p99 / 1.5);
  expect(peak.p99).toBeLessThan(least.p99 / 1.3);
});

test('an instance that can not carry an even share is not buried', () => {
  const [turns, least, peak] = [
    run(overloaded, 'round-robin'),
    run(overloaded, 'least-request'),
    run(overloaded, 'peak-ewma'),
  ];
  expect(turns.p99).toBeGreaterThan(1_000);
  expect(least.p99).toBeLessThan(200);
  expect(peak.p99).toBeLessThan(80);
});

test('among equals none is worse than the turns', () => {
  const turns = run(alike, 'round-robin');
  for (const algorithm of ['least-request', 'peak-ewma'] as const)
    expect(run(alike, algorithm).p99).toBeLessThan(turns.p99 * 1.15);
});

test('the same seed gives the same numbers', () => {
  expect(run(slow, 'least-request')).toEqual(run(slow, 'least-request'));
});
