import type { Outcome } from './outcome';

/** What we read of Jest's `--json` output. */
export interface JestReport {
  readonly testResults: readonly SuiteResult[];
}

interface SuiteResult {
  readonly name: string;
  readonly status: string;
  /** The failures as people read them. */
  readonly message: string;
  readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
}

/** Lines of Jest that tell of a threshold that isn't reached. */
const THRESHOLD = /^Jest: .*(threshold|coverage data).*$/gm;

/**
 * Counts a Jest run. Failures outside of tests count too: a suite that doesn't load, a coverage threshold, a crash, and a
 * run without a test.
 * @param code Jest's exit code
 * @param log what it wrote
 */
export function outcomeOf(report: JestReport, code: number | null, log: string, folder: string): Outcome {
  const tests = report.testResults.flatMap((suite) =>
    suite.assertionResults.map(({ status, fullName }) => ({ status, name: `${relative(suite, folder)}: ${fullName}` })),
  );
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const failed = tests.filter(({ status }) => status === 'failed').length;
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed').map(({ name }) => name);
  const brokenSuites = report.testResults.filter(
    (suite) => suite.status === 'failed' && !suite.assertionResults.some(({ status }) => status === 'failed'),
  );
  const others = [
    ...brokenSuites.map((suite) => `${relative(suite, folder)} can't run`),
    ...(log.match(THRESHOLD) ?? []),
  ];
  if (passed + failed === 0) others.push('not one test has run');
  if (code !== 0 && failed + others.length === 0) others.push(`Jest ended with ${code ?? 'a signal'}:\n${log}`);
  const messages = report.testResults.filter((suite) => suite.message !== '').map((suite) => suite.message);
  return { passed, failed: failed + others.length, skipped, output: [...messages, ...others].join('\n') };
}

/** A few failures may be the machine's mood; many are not. */
const MOST_REPEATED = 3;

/** The suites worth a second run, alone; empty: none. */
export function suitesToRepeat({ testResults }: JestReport): readonly string[] {
  const failed = testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
  return failed.length <= MOST_REPEATED ? failed : [];
}

/** A report in which the suites that ran again count as they did then. */
export function withRepeated(first: JestReport, again: JestReport): JestReport {
  const repeated = new Set(again.testResults.map(({ name }) => name));
  return { testResults: [...first.testResults.filter(({ name }) => !repeated.has(name)), ...again.testResults] };
}

/** The repeated suites that passed the second time. */
export const unsteadySuites = (again: JestReport, folder: string): readonly string[] =>
  again.testResults.filter(({ status }) => status === 'passed').map((suite) => relative(suite, folder));

const relative = (suite: SuiteResult, folder: string): string =>
  suite.name.startsWith(folder) ? suite.name.slice(folder.length + 1) : suite.name;
