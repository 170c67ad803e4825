import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Program } from './process';

const run = promisify(execFile);

/** What one run measured. */
export interface Sample {
  /** Requests per second of CPU that the program under test used. */
  readonly perCpuSecond: number;
  /** Requests per second of time. */
  readonly perSecond: number;
  /** Answers that weren't 2xx, and broken connections. */
  readonly errors: number;
}

/** What wrk is told. */
export interface Load {
  readonly url: string;
  readonly seconds: number;
  readonly connections: number;
  /** A Lua script for wrk, for requests with a body. */
  readonly script?: string;
}

/**
 * Puts one load on a program.
 * @param cpu the processor that the load generator runs on
 * @throws Error when no request succeeded: a benchmark of errors says nothing
 */
export async function measure(cpu: number, load: Load, program: Program): Promise<Sample> {
  const script = load.script ? ['-s', load.script] : [];
  const args = ['-c', String(cpu), 'wrk', '-t1', `-c${load.connections}`, `-d${load.seconds}s`, ...script, load.url];
  const before = program.cpuSeconds();
  const { stdout } = await run('taskset', args);
  const used = program.cpuSeconds() - before;
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0);
  const errors = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0) + socketErrors(stdout);
  if (requests === 0 || errors >= requests) throw new Error(`No request to ${load.url} succeeded:\n${stdout}`);
  return { perCpuSecond: requests / used, perSecond: requests / load.seconds, errors };
}

function socketErrors(stdout: string): number {
  const counts = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout);
  return counts ? counts.slice(1).reduce((sum, each) => sum + Number(each), 0) : 0;
}

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
