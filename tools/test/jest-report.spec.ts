import { expect, test } from '@jest/globals';
import { outcomeOf, suitesToRepeat, unsteadySuites, withRepeated, type JestReport } from './jest-report';
import { summary } from './summary';

const suite = (statuses: string[], status = 'passed', message = '') => ({
  name: '/root/libs/a/src/a.spec.ts',
  status,
  message,
  assertionResults: statuses.map((each, at) => ({ status: each, fullName: `test ${at}` })),
});
const count = (report: JestReport, code = 0, log = '') => outcomeOf(report, code, log, '/root');

test('passed and failed tests are counted, skipped ones are named', () => {
  const outcome = count({ testResults: [suite(['passed', 'failed', 'pending', 'todo'], 'failed', 'why')] }, 1);
  expect(outcome).toEqual({
    passed: 1,
    failed: 1,
    skipped: ['libs/a/src/a.spec.ts: test 2', 'libs/a/src/a.spec.ts: test 3'],
    output: 'why',
  });
});

test('a suite that cannot be loaded is a failure', () => {
  const outcome = count({ testResults: [suite(['passed']), suite([], 'failed', 'Cannot find module')] }, 1);
  expect(outcome).toMatchObject({ passed: 1, failed: 1 });
  expect(outcome.output).toContain('Cannot find module');
});

test('a coverage threshold that is not reached is a failure, though every test passed', () => {
  const log = 'PASS a\nJest: "./libs/a/src/" coverage threshold for lines (100%) not met: 98%\n';
  const outcome = count({ testResults: [suite(['passed'])] }, 1, log);
  expect(outcome).toMatchObject({ passed: 1, failed: 1 });
  expect(outcome.output).toContain('(100%) not met: 98%');
});

test('a Jest that ends badly for whatever reason is a failure', () => {
  expect(count({ testResults: [suite(['passed'])] }, 1, 'out of memory')).toMatchObject({ passed: 1, failed: 1 });
});

test('a run without a test is a failure', () => {
  expect(count({ testResults: [] }).failed).toBe(1);
  expect(count({ testResults: [suite(['pending'])] }).failed).toBe(1);
});

test('the summary lists what was skipped and ends with the counts', () => {
  const skipped = { passed: 0, failed: 0, skipped: ['npm audit: offline'], output: '' };
  const passed = { passed: 2, failed: 0, skipped: [], output: '' };
  expect(summary([passed, skipped])).toEqual({
    text: 'SKIPPED npm audit: offline\n2 passed, 0 failed, 1 skipped',
    good: true,
  });
  expect(summary([{ ...passed, failed: 1 }])).toEqual({ text: '2 passed, 1 failed', good: false });
  expect(summary([skipped]).good).toBe(false);
});

test('a suite that fails and then passes alone counts as it did then, and is named', () => {
  const other = { ...suite(['passed']), name: '/root/libs/b/src/b.spec.ts' };
  const first = { testResults: [suite(['failed', 'passed'], 'failed', 'why'), other] };
  const again = { testResults: [suite(['passed', 'passed'])] };
  expect(suitesToRepeat(first)).toEqual(['/root/libs/a/src/a.spec.ts']);
  expect(count(withRepeated(first, again))).toMatchObject({ passed: 3, failed: 0, output: '' });
  const unsteady = unsteadySuites(again, '/root');
  expect(summary([{ ...count(withRepeated(first, again)), unsteady }]).text).toBe(
    'UNSTEADY libs/a/src/a.spec.ts\n3 passed, 0 failed',
  );
});

test('one that fails again has failed, and many failures are no mood of the machine', () => {
  const first = { testResults: [suite(['failed'], 'failed', 'why')] };
  expect(count(withRepeated(first, first), 1)).toMatchObject({ passed: 0, failed: 1 });
  expect(unsteadySuites(first, '/root')).toEqual([]);
  const many = { testResults: Array.from({ length: 4 }, () => suite(['failed'], 'failed')) };
  expect(suitesToRepeat(many)).toEqual([]);
});
