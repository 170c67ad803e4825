import { spawn, type ChildProcess } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { workspaceDir } from '@gateway/testing';

/** What a program said, and how it ended. */
export interface Ended {
  /** Its exit code; null when a signal ended it. */
  readonly code: number | null;
  /** Standard output and error as they came, without colours. */
  readonly output: string;
  readonly stdout: string;
}

/** How to run it. */
export interface RunOptions {
  /** Default: the workspace's folder. */
  readonly cwd?: string;
  /** Beside our own variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Sees the output as it comes. */
  readonly onOutput?: (text: string) => void;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

const running = new Set<ChildProcess>();

/** Ends a program and everything that it started: each runs in a process group of its own. */
function endGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-pid!, 'SIGTERM');
  } catch {
    // It has just ended.
  }
}

/** Ends every program that runs, when we are told to end ourselves. */
export function endPrograms(): void {
  running.forEach(endGroup);
}

/** Runs a program to its end. `node` and the programs of node_modules/.bin are the project's own. */
export function runProgram(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { cwd = workspaceDir(), env, onOutput, signal } = options;
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio, detached: true });
  running.add(child);
  const said = { output: '', stdout: '' };
  const hear = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
    const text = stripVTControlCharacters(chunk.toString());
    said.output += text;
    if (stream === 'stdout') said.stdout += text;
    onOutput?.(text);
  };
  child.stdout.on('data', hear('stdout'));
  child.stderr.on('data', hear('stderr'));
  const end = (): void => endGroup(child);
  signal?.addEventListener('abort', end);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      running.delete(child);
      signal?.removeEventListener('abort', end);
      resolve({ code, ...said });
    });
  });
}
