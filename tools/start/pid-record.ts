import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ports } from '@gateway/testing';
import type { DevFolder } from './dev-folder';
import { beginningOf } from './system-process';

/** What is known about a process that `npm start` started. */
export interface PidRecord {
  readonly pid: number;
  /** When it was started: ISO 8601. */
  readonly since: string;
  /** See `beginningOf`. */
  readonly beginning: string;
  readonly ports: Ports;
}

/** `died` has left its record behind: nobody stopped it. */
export type State = { state: 'stopped' } | { state: 'died' | 'runs'; record: PidRecord };

const pidFile = (dev: DevFolder, name: string): string => join(dev.pids, `${name}.pid`);
const recordFile = (dev: DevFolder, name: string): string => join(dev.pids, `${name}.json`);

/** Writes `<name>.pid`, which holds nothing but the pid, and `<name>.json` beside it. */
export function writeRecord(dev: DevFolder, name: string, pid: number, ports: Ports): void {
  const record: PidRecord = { pid, since: new Date().toISOString(), beginning: beginningOf(pid) ?? 'ended', ports };
  writeFileSync(recordFile(dev, name), `${JSON.stringify(record)}\n`);
  writeFileSync(pidFile(dev, name), `${pid}\n`);
}

export function removeRecord(dev: DevFolder, name: string): void {
  for (const file of [pidFile(dev, name), recordFile(dev, name)]) rmSync(file, { force: true });
}

/** Whether a process runs: the one that was started, not another that got its pid. */
export function stateOf(dev: DevFolder, name: string): State {
  const record = readRecord(recordFile(dev, name));
  if (record === null) return { state: 'stopped' };
  return { state: beginningOf(record.pid) === record.beginning ? 'runs' : 'died', record };
}

function readRecord(file: string): PidRecord | null {
  if (!existsSync(file)) return null;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as PidRecord;
  } catch {
    // Half written when the machine went down: nothing runs that it could name.
    return null;
  }
}
