import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { Revisions } from '../lease/revisions';
import { numberingBy, SharedTime } from './shared-time';

test('it is the machine’s at first, then the store’s, and setting the machine’s clock changes nothing', () => {
  const clock = fakeClock({ now: 1_000_000 });
  const time = new SharedTime(clock);
  clock.setNow(99_000_000);
  clock.advance(10);
  expect(time.now()).toBe(1_000_010);
  time.observed(2_000_000, 20);
  expect(time.now()).toBe(2_000_010);
  clock.setNow(0);
  clock.advance(5);
  expect(time.now()).toBe(2_000_015);
});

test('two daemons number in the order of time, without a word between them, and never alike', () => {
  const clock = fakeClock();
  const [one, other] = [0.1, 0.9].map(
    (chance) =>
      new Revisions(
        'e',
        numberingBy(new SharedTime(clock), () => chance),
      ),
  );
  let last = 0n;
  for (let at = 0; at < 100; at++) {
    const { n } = (at % 2 === 0 ? one! : other!).next();
    expect(n).toBeGreaterThan(last);
    last = n;
    clock.advance(1);
  }
  const given = Array.from({ length: 1_000 }, () => [one!.next().n, other!.next().n]).flat();
  expect(new Set(given).size).toBe(2_000);
});

test('numbers fit what carries them', () => {
  const clock = fakeClock({ now: Date.UTC(2100, 0, 1) });
  const revisions = new Revisions(
    'e',
    numberingBy(new SharedTime(clock), () => 0.999999),
  );
  expect(String(revisions.next().n).length).toBeLessThanOrEqual(19);
  expect(revisions.next().n).toBeLessThan(2n ** 63n);
});
