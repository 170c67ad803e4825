import { expect, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import { fakeClock } from '@gateway/testing';
import { type CheckPlan } from './check-plan';
import { Checker, type Probe, type Probes, type ProbeTarget } from './checker';

const PLAN: CheckPlan = {
  ...{ kind: 'grpc', target: '', intervalMs: 3_000, timeoutMs: 1_000 },
  ...{ unhealthyThreshold: 3, healthyThreshold: 1 },
};
const TARGET: ProbeTarget = {
  ...{ key: 'k', address: 'localhost:1', owner: 'spiffe://gateway.local/a', target: '' },
  protocol: registryV1.Protocol.GRPC,
};

/** A probe for every kind that answers as told, and what it was told to forget. */
function checkerWith(check: Probe['check']) {
  const clock = fakeClock();
  const told: string[] = [];
  const probeOf = (kind: string): Probe => ({
    check,
    forget: (key) => told.push(`${kind} forgets ${key}`),
    close: () => told.push(`${kind} closes`),
  });
  const probes: Probes = { grpc: probeOf('grpc'), http: probeOf('http'), tcp: probeOf('tcp') };
  return { checker: new Checker(probes, clock), clock, told };
}
const untilAborted: Probe['check'] = (_target, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));

test('says whether a check passed, or why not', async () => {
  const passing = checkerWith(() => Promise.resolve());
  expect(await passing.checker.check(PLAN, TARGET)).toEqual({ passed: true });
  expect(passing.clock.pending).toBe(0);
  const failing = checkerWith(() => Promise.reject(new Error('x'.repeat(1_000))));
  expect(await failing.checker.check(PLAN, TARGET)).toEqual({ passed: false, why: 'x'.repeat(200) });
});

test('an error without a message is told by its code', async () => {
  const error = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
  expect(await checkerWith(() => Promise.reject(error)).checker.check(PLAN, TARGET)).toMatchObject({
    why: 'ECONNREFUSED',
  });
  expect(await checkerWith(() => Promise.reject(new Error())).checker.check(PLAN, TARGET)).toMatchObject({
    why: 'it failed without a reason',
  });
});

test('gives up after the timeout', async () => {
  const { checker, clock } = checkerWith(untilAborted);
  const result = checker.check(PLAN, TARGET);
  clock.advance(999);
  clock.advance(1);
  expect(await result).toEqual({ passed: false, why: 'no answer within 1000 ms' });
});

test('a pause of this process is nobody’s failure', async () => {
  const { checker, clock } = checkerWith(untilAborted);
  const result = checker.check(PLAN, TARGET);
  clock.advance(1_000);
  // Reading the clock after the abort, it is two seconds later: the answer may have waited unread.
  clock.advance(2_000);
  expect(await result).toBe('unsure');
});

test('forgets and closes in every probe', () => {
  const { checker, told } = checkerWith(() => Promise.resolve());
  checker.forget('k');
  checker.close();
  expect(told).toEqual([
    ...['grpc forgets k', 'http forgets k', 'tcp forgets k'],
    ...['grpc closes', 'http closes', 'tcp closes'],
  ]);
});
