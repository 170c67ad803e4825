import { expect, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import fc from 'fast-check';
import { HealthTracker } from './health-tracker';

const { HealthState: State } = registryV1;
const PLAN = { unhealthyThreshold: 3, healthyThreshold: 2 };

const after = (results: readonly (string | null)[], known?: { state: registryV1.HealthState; why: string }) => {
  const tracker = new HealthTracker(PLAN, known);
  for (const result of results) tracker.record(result);
  return tracker.health;
};

test('says nothing before enough checks agree', () => {
  expect(after([])).toEqual({ state: State.UNSPECIFIED, why: '' });
  expect(after([null])).toEqual({ state: State.UNSPECIFIED, why: '' });
  expect(after(['a', 'b'])).toEqual({ state: State.UNSPECIFIED, why: 'b' });
});

test('changes after a run of equal results, and keeps the latest reason', () => {
  expect(after([null, null])).toEqual({ state: State.PASSING, why: '' });
  expect(after(['a', 'b', 'c'])).toEqual({ state: State.FAILING, why: 'c' });
  expect(after(['a', 'b', 'c', null])).toEqual({ state: State.FAILING, why: 'c' });
  expect(after(['a', 'b', 'c', null, null])).toEqual({ state: State.PASSING, why: 'c' });
});

test('a flapping instance stays what it was', () => {
  const flapping = Array.from({ length: 100 }, (_each, n) => (n % 2 === 0 ? 'lost' : null));
  expect(after([null, null, ...flapping]).state).toBe(State.PASSING);
  expect(after(['a', 'b', 'c', ...flapping]).state).toBe(State.FAILING);
});

test('goes on from what another daemon found', () => {
  const failing = { state: State.FAILING, why: 'refused' };
  expect(after([null], failing)).toEqual(failing);
  expect(after([null, null], failing).state).toBe(State.PASSING);
  expect(after(['x'], { state: State.PASSING, why: '' }).state).toBe(State.PASSING);
});

test('whatever the results, the state is that of the latest run that was long enough', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean()), (passes) => {
      let expected = State.UNSPECIFIED;
      passes.forEach((_each, at) => {
        const run = (length: number, value: boolean) =>
          at + 1 >= length && passes.slice(at + 1 - length, at + 1).every((pass) => pass === value);
        if (run(PLAN.healthyThreshold, true)) expected = State.PASSING;
        if (run(PLAN.unhealthyThreshold, false)) expected = State.FAILING;
      });
      expect(after(passes.map((pass) => (pass ? null : 'why'))).state).toBe(expected);
    }),
  );
});
