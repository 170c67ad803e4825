import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Clock ticks per second in /proc/<pid>/stat: USER_HZ, 100 on every Linux of today. */
const TICKS_PER_SECOND = 100;
const READY_MS = 15_000;

/** A program under measurement, on a processor of its own. */
export interface Program {
  /** Seconds of CPU that the program and its children have used since they started. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

/**
 * Starts a program pinned to one processor and waits until it accepts connections.
 * @param cpu the processor's number
 * @param port the port it will listen on, on 127.0.0.1
 * @throws Error with the program's last output when it ends first or isn't ready in 15 s
 */
export async function startPinned(
  cpu: number,
  command: readonly string[],
  port: number,
  env: Record<string, string> = {},
): Promise<Program> {
  const child = spawn('taskset', ['-c', String(cpu), ...command], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000)));
  const deadline = Date.now() + READY_MS;
  while (!(await accepts(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`${command.join(' ')} isn't listening on ${port}:\n${output}`);
    }
    await sleep(50);
  }
  return { cpuSeconds: () => cpuOfTree(child.pid!), stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(timer);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection(port, '127.0.0.1', () => {
      socket.destroy();
      done(true);
    });
    socket.on('error', () => done(false));
  });
}

/** User and system time of a process and everything it started that still runs. */
function cpuOfTree(root: number): number {
  const parents = new Map<number, number>();
  const ticks = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // The command's name stands in parentheses and may hold spaces; state is the field after it.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      parents.set(Number(name), Number(fields[1]));
      ticks.set(Number(name), Number(fields[11]) + Number(fields[12]));
    } catch {
      // It ended between the listing and the reading.
    }
  }
  const belongs = (pid: number): boolean => pid === root || (parents.has(pid) && belongs(parents.get(pid)!));
  const sum = [...ticks].reduce((total, [pid, used]) => (belongs(pid) ? total + used : total), 0);
  return sum / TICKS_PER_SECOND;
}
