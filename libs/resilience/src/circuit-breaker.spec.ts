import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type BreakerOptions, type BreakerVerdict, CircuitBreaker } from './index';

const options: BreakerOptions = { failures: 3, openMs: 1_000, maxOpenMs: 4_000, halfOpenCalls: 1 };
const breaker = (given: Partial<BreakerOptions> = {}) => new CircuitBreaker({ ...options, ...given });

function call(each: CircuitBreaker, verdict: BreakerVerdict, now = 0): void {
  each.settle(each.tryEnter(now)!, verdict, now);
}

function opened(given: Partial<BreakerOptions> = {}): CircuitBreaker {
  const each = breaker(given);
  for (let i = 0; i < 3; i++) call(each, 'failed');
  return each;
}

describe('closed', () => {
  test('it opens after failures in a row', () => {
    const each = breaker();
    call(each, 'failed');
    call(each, 'failed');
    expect([each.state(0), each.waitMs(0)]).toEqual(['closed', 0]);
    call(each, 'failed');
    expect([each.state(0), each.waitMs(0), each.tryEnter(999)]).toEqual(['open', 1_000, null]);
  });

  test('a success starts the row anew, and what says nothing neither ends nor lengthens it', () => {
    const each = breaker();
    for (const verdict of ['failed', 'failed', 'ok', 'failed', 'neutral', 'failed'] as const) call(each, verdict);
    expect(each.state(0)).toBe('closed');
    call(each, 'failed');
    expect(each.state(0)).toBe('open');
  });
});

describe('open', () => {
  test('it lets nothing through until its time is over', () => {
    const each = opened();
    expect([each.isBlocked(999), each.isBlocked(1_000)]).toEqual([true, false]);
    expect([each.state(999), each.state(1_000)]).toEqual(['open', 'half-open']);
  });

  test('the ends of calls that began before it opened mean nothing', () => {
    const each = breaker();
    const early = each.tryEnter(0)!;
    for (let i = 0; i < 3; i++) call(each, 'failed');
    each.settle(early, 'ok', 10);
    expect(each.state(10)).toBe('open');
    // Nor do they once there are trials.
    const trial = each.tryEnter(1_000)!;
    each.settle(early, 'failed', 1_001);
    expect(each.state(1_001)).toBe('half-open');
    each.settle(trial, 'ok', 1_002);
    expect(each.state(1_002)).toBe('closed');
  });
});

describe('half-open', () => {
  test('only so many calls are let through at once', () => {
    const each = opened({ halfOpenCalls: 2 });
    const trials = [each.tryEnter(1_000), each.tryEnter(1_000)];
    expect([each.isBlocked(1_000), each.tryEnter(1_000)]).toEqual([true, null]);
    each.settle(trials[0]!, 'neutral', 1_001);
    expect(each.tryEnter(1_001)).not.toBeNull();
  });

  test('a good trial closes it, and the count of failures begins anew', () => {
    const each = opened();
    call(each, 'ok', 1_000);
    expect([each.state(1_000), each.isBlocked(1_000)]).toEqual(['closed', false]);
    call(each, 'failed', 1_000);
    expect(each.state(1_000)).toBe('closed');
  });

  test('each bad trial opens it for twice as long, up to the longest', () => {
    const each = opened();
    const waits = [];
    let now = 0;
    for (let i = 0; i < 4; i++) {
      now += each.waitMs(now);
      call(each, 'failed', now);
      waits.push(each.waitMs(now));
    }
    expect(waits).toEqual([2_000, 4_000, 4_000, 4_000]);
    call(each, 'ok', now + 4_000);
    for (let i = 0; i < 3; i++) call(each, 'failed', now + 4_000);
    expect(each.waitMs(now + 4_000)).toBe(1_000);
  });

  test('a trial that never ends does not keep it from closing', () => {
    const each = opened();
    each.tryEnter(1_000);
    expect(each.isBlocked(4_999)).toBe(true);
    const second = each.tryEnter(5_000)!;
    each.settle(second, 'ok', 5_001);
    expect(each.state(5_001)).toBe('closed');
  });
});

test('the first pause is no longer than the longest', () => {
  expect(opened({ openMs: 9_000 }).waitMs(0)).toBe(4_000);
});

test('whatever happens, it passes again some time after its last failure', () => {
  const verdict = fc.constantFrom<BreakerVerdict>('ok', 'failed', 'neutral');
  const step = fc.record({ wait: fc.integer({ min: 0, max: 3_000 }), verdict });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const each = breaker();
      let now = 0;
      for (const { wait, verdict: end } of steps) {
        now += wait;
        const blocked = each.isBlocked(now);
        const ticket = each.tryEnter(now);
        expect(ticket === null).toBe(blocked);
        if (ticket !== null) each.settle(ticket, end, now);
      }
      expect(each.waitMs(now)).toBeLessThanOrEqual(4_000);
      expect(each.tryEnter(now + 4_000)).not.toBeNull();
    }),
  );
});
