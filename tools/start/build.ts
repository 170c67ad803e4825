import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { workspaceDir } from '@gateway/testing';
import { Problem } from '../command/problem';

/** Builds apps, all of them when none is named; what is up to date isn't built again. @throws Problem when one fails */
export async function buildApps(apps: readonly string[], signal: AbortSignal): Promise<void> {
  const named = apps.length > 0 ? ['-p', apps.join(',')] : [];
  const { code, output } = await runNx(['run-many', '-t', 'build', '--output-style=static', ...named], signal);
  signal.throwIfAborted();
  if (code !== 0) throw new Problem(`${stripVTControlCharacters(output).trim()}\nthe build failed`);
}

function runNx(args: readonly string[], signal: AbortSignal): Promise<{ code: number | null; output: string }> {
  const cwd = workspaceDir();
  const child = spawn(process.execPath, [`${cwd}/node_modules/.bin/nx`, ...args], {
    cwd,
    env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  signal.addEventListener('abort', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
