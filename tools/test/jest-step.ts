import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workspaceDir } from '@gateway/testing';
import { runProgram } from '../command/run-program';
import { check, type Outcome, type Step } from './outcome';
import { outcomeOf, suitesToRepeat, unsteadySuites, withRepeated, type JestReport } from './jest-report';

const NODE_OPTIONS = ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning'];

/**
 * A run of Jest. It reports how many suites are done. Suites of real sockets and processes can miss a bound on a machine
 * that is short of CPU: when a few fail they run once more, alone, and those that pass then are named as unsteady.
 * @param measured more arguments for the first run, such as coverage
 */
export const jestStep = (name: string, args: readonly string[], measured: readonly string[] = []): Step => ({
  name,
  run: (report) => runJest(args, measured, report),
});

interface JestRun {
  readonly code: number | null;
  readonly output: string;
  /** Null: Jest left none. */
  readonly report: JestReport | null;
}

async function runJest(
  args: readonly string[],
  measured: readonly string[],
  report: (progress: string) => void,
): Promise<Outcome> {
  const first = await runOnce([...args, ...measured], report);
  if (first.report === null) return check(false, `${first.output}\nJest left no report`);
  const repeated = suitesToRepeat(first.report);
  if (repeated.length === 0) return outcomeOf(first.report, first.code, first.output, workspaceDir());
  const again = await runOnce([...args, '--runTestsByPath', ...repeated], report);
  if (again.report === null) return check(false, `${again.output}\nJest left no report`);
  const outcome = outcomeOf(withRepeated(first.report, again.report), again.code, first.output, workspaceDir());
  return { ...outcome, unsteady: unsteadySuites(again.report, workspaceDir()) };
}

async function runOnce(args: readonly string[], report: (progress: string) => void): Promise<JestRun> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-jest-'));
  const file = join(folder, 'report.json');
  let done = 0;
  const count = (text: string): void => {
    done += text.match(/^(PASS|FAIL) /gm)?.length ?? 0;
    report(`${done} suites done`);
  };
  try {
    const jest = ['node_modules/jest/bin/jest.js', '--ci', '--json', `--outputFile=${file}`, ...args];
    const { code, output } = await runProgram('node', [...NODE_OPTIONS, ...jest], { onOutput: count });
    return { code, output, report: existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as JestReport) : null };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
