import { spawn } from 'node:child_process';
import { testEnvironment } from './app-process';
import { appCommand } from './program';

/** What a program that ended said. */
export interface Ended {
  /** Its exit code; null when it had to be killed after 20 s. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const LONGEST_MS = 20_000;

/** Runs a built app that is expected to end by itself, such as with `--check-config` or a wrong configuration. */
export function runToEnd(
  app: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<Ended> {
  const { command, args: first } = appCommand(app);
  const child = spawn(command, [...first, ...args], { env: testEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => (said[stream] += chunk.toString()));
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, ...said });
    });
  });
}
