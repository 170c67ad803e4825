import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DevFolder } from './dev-folder';
import { Problem } from '../command/problem';
import { beginningOf } from './system-process';

interface Holder {
  readonly pid: number;
  readonly beginning: string | null;
}

const lockFile = (dev: DevFolder): string => join(dev.pids, 'start.lock');

/** The `npm start` that is starting processes right now; null when there is none. */
export function startingNow(dev: DevFolder): number | null {
  try {
    const { pid, beginning } = JSON.parse(readFileSync(lockFile(dev), 'utf8')) as Holder;
    return beginning !== null && beginningOf(pid) === beginning ? pid : null;
  } catch {
    return null;
  }
}

/**
 * Keeps a second start out while this one starts.
 * @returns a function that lets others in
 * @throws Problem when another one is starting
 */
export function lockStart(dev: DevFolder): () => void {
  const holder: Holder = { pid: process.pid, beginning: beginningOf(process.pid) };
  // Twice at most: a lock that a dead one left behind is removed and taken.
  for (let tries = 0; tries < 2; tries += 1) {
    const other = startingNow(dev);
    if (other !== null) throw new Problem(`another npm start (pid ${other}) is starting the platform right now`);
    try {
      writeFileSync(lockFile(dev), JSON.stringify(holder), { flag: 'wx' });
      return () => rmSync(lockFile(dev), { force: true });
    } catch {
      rmSync(lockFile(dev), { force: true });
    }
  }
  throw new Problem(`can't take the lock ${lockFile(dev)}`);
}
