import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceDir } from '@gateway/testing';
import { runNx } from '../command/nx';
import { runProgram } from '../command/run-program';
import { driftedFiles } from '../generate/drift';
import { check, skipped, type Outcome, type Step } from './outcome';

async function program(command: string, ...args: string[]): Promise<Outcome> {
  const { code, output } = await runProgram(command, args);
  return check(code === 0, output);
}

async function generatedCode(): Promise<Outcome> {
  const drifted = await driftedFiles();
  return check(drifted.length === 0, `npm run generate changes these files:\n${drifted.join('\n')}`);
}

/** Against what is published: the main branch where there is one, else the last commit. */
async function breakingChanges(): Promise<Outcome> {
  const git = await runProgram('git', ['rev-parse', '--verify', '--quiet', 'HEAD']).catch(() => null);
  if (git?.code !== 0) return skipped('breaking changes', 'there is no git history to compare the protos with');
  const { code } = await runProgram('git', ['rev-parse', '--verify', '--quiet', 'origin/main']);
  const base = `.git#ref=${code === 0 ? 'origin/main' : 'HEAD'},subdir=protos`;
  return program('buf', 'breaking', 'protos', '--against', base);
}

/** Without a cached project graph the boundary rule says so on standard output and lets everything pass. */
const RULE_SKIPPED = /No cached ProjectGraph/;

async function lint(): Promise<Outcome> {
  const graph = await runNx(['show', 'projects']);
  if (graph.code !== 0) return check(false, graph.output);
  const { code, output } = await runProgram('eslint', ['.', '--max-warnings', '0']);
  const skippedRule =
    RULE_SKIPPED.test(output) || !existsSync(join(workspaceDir(), '.nx/workspace-data/project-graph.json'));
  return check(code === 0 && !skippedRule, skippedRule ? `${output}\nthe boundary rule was skipped` : output);
}

/** Advisories of what is deployed. The registry's advisory endpoint isn't reachable everywhere. */
async function audit(): Promise<Outcome> {
  const args = ['audit', '--json', '--omit=dev', '--audit-level=high', '--fetch-retries=0', '--fetch-timeout=20000'];
  const { code, stdout } = await runProgram('npm', args);
  const report = parse(stdout);
  if (report?.vulnerabilities === undefined) return skipped('npm audit', 'the registry gives no advisories here');
  return check(code === 0, JSON.stringify(report.vulnerabilities, null, 2));
}

function parse(text: string): { vulnerabilities?: object } | null {
  try {
    return JSON.parse(text) as { vulnerabilities?: object };
  } catch {
    return null;
  }
}

async function build(): Promise<Outcome> {
  const { code, output } = await runNx(['run-many', '-t', 'build', '--output-style=static']);
  return check(code === 0, output);
}

/** What needs no running program. The longest first: they share two cores. */
export const CHECKS: readonly Step[] = [
  { name: 'eslint', run: lint },
  { name: 'prettier', run: () => program('prettier', '--check', '.') },
  { name: 'typecheck', run: () => program('node', 'node_modules/typescript7/bin/tsc', '-p', 'tsconfig.json') },
  { name: 'generated code', run: generatedCode },
  { name: 'buf lint', run: () => program('buf', 'lint', 'protos') },
  { name: 'breaking changes', run: breakingChanges },
  { name: 'npm audit', run: audit },
  { name: 'build', run: build },
];
