import { expect, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import { contextOf, endpoint, grpcRoute } from '../pipeline.fixture';
import type { OutcomeKind } from '../pipeline/outcome';
import { type OutcomeReport, OutcomeReporter } from './outcome-reporter';
import { instance, upstreamsOf } from './upstreams.fixture';

const { Verdict } = registryV1;

/** An edge that calls two instances, and reports. */
function reporting(send: (report: OutcomeReport) => Promise<unknown> = () => Promise.resolve()) {
  const world = upstreamsOf([instance('a'), instance('b', { generation: { epoch: 'x/y', n: 2n } })]);
  const { upstreams, clock } = world;
  const [reports, problems]: [OutcomeReport[], unknown[]] = [[], []];
  const reporter = new OutcomeReporter({
    clock,
    random: () => 0.5,
    reporter: 'edge-1',
    ledgers: () => upstreams.all(),
    send: (report) => {
      reports.push(report);
      return send(report);
    },
    onProblem: (cause) => problems.push(cause),
  });
  reporter.start();
  const picker = upstreams.pickerFor(grpcRoute());
  const call = (id: string, kind: OutcomeKind, times = 1): void => {
    const others = upstreams.endpoints('auth').filter((each) => each.id !== id);
    for (let i = 0; i < times; i++) picker.pick(contextOf(), others)!.ended({ kind, why: 'reset' });
  };
  const pass = async (ms = 2_000): Promise<void> => {
    clock.advance(ms);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  return { ...world, reporter, reports, problems, call, pass };
}

test('what was called is reported every two seconds, with its generation and what was seen since', async () => {
  const { reports, call, pass } = reporting();
  await pass();
  expect(reports).toEqual([]);
  call('a', 'ok', 3);
  call('a', 'failed', 1);
  call('a', 'neutral', 4);
  call('b', 'failed', 2);
  await pass(1_999);
  expect(reports).toEqual([]);
  await pass(1);
  const [a, b] = [
    { service: 'auth', id: 'a', generation: { epoch: 'e', n: 1n } },
    { service: 'auth', id: 'b', generation: { epoch: 'x/y', n: 2n } },
  ];
  expect(reports).toEqual([
    {
      reporter: 'edge-1',
      observations: [
        { ...a, verdict: Verdict.ANSWERING, successes: 3, failures: 1, why: '' },
        { ...b, verdict: Verdict.UNSPECIFIED, successes: 0, failures: 2, why: '' },
      ],
    },
  ]);
  call('a', 'neutral');
  call('b', 'ok');
  await pass();
  expect(reports[1]!.observations).toEqual([{ ...b, verdict: Verdict.ANSWERING, successes: 1, failures: 0, why: '' }]);
});

test('what is out is reported as long as it is, with the reason', async () => {
  const { reports, call, pass } = reporting();
  call('a', 'failed', 5);
  call('b', 'refused', 2);
  for (let i = 0; i < 3; i++) await pass();
  expect(reports).toHaveLength(3);
  expect(reports[2]!.observations).toMatchObject([
    { id: 'a', verdict: Verdict.FAILING, successes: 0, failures: 0, why: '5 failures in a row: reset' },
    { id: 'b', verdict: Verdict.REFUSING, successes: 0, failures: 0, why: 'reset' },
  ]);
});

test('fixed addresses are nobody’s business', async () => {
  const { fixed, reports, call, pass } = reporting();
  fixed.replace(new Map([['auth', [endpoint('a', { protocol: 'grpc' })]]]));
  call('a', 'ok');
  await pass();
  expect(reports).toEqual([]);
});

test('a report that fails is gone: the next one says what is new', async () => {
  const gone = new Error('away');
  let isAway = true;
  const { reports, problems, call, pass } = reporting(() => (isAway ? Promise.reject(gone) : Promise.resolve()));
  call('a', 'ok', 5);
  await pass();
  expect(problems).toEqual([gone]);
  isAway = false;
  call('a', 'ok', 1);
  await pass();
  expect(reports[1]!.observations).toMatchObject([{ successes: 1 }]);
});

test('there is one report at a time, and none after the end', async () => {
  let answer: (value: unknown) => void = () => undefined;
  const { reporter, reports, clock, call, pass } = reporting(() => new Promise((resolve) => (answer = resolve)));
  call('a', 'ok');
  await pass();
  call('a', 'ok');
  await pass(60_000);
  expect(reports).toHaveLength(1);
  answer(null);
  await pass(0);
  await pass();
  expect(reports).toHaveLength(2);
  reporter.close();
  answer(null);
  await pass(0);
  expect(clock.pending).toBe(0);
});
