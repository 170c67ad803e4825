import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workspaceDir } from '@gateway/testing';
import { runProgram } from '../command/run-program';
import { check, type Outcome, type Step } from './outcome';
import { outcomeOf, type JestReport } from './jest-report';

const NODE_OPTIONS = ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning'];

/** A run of Jest. It reports how many suites are done. */
export const jestStep = (name: string, args: readonly string[]): Step => ({
  name,
  run: (report) => runJest(args, report),
});

async function runJest(args: readonly string[], report: (progress: string) => void): Promise<Outcome> {
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
    if (!existsSync(file)) return check(false, `${output}\nJest left no report`);
    return outcomeOf(JSON.parse(readFileSync(file, 'utf8')) as JestReport, code, output, workspaceDir());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
