import { PROCESSES } from '@gateway/testing';
import type { DevFolder } from './dev-folder';
import { removeRecord, stateOf } from './pid-record';
import { beginningOf, signalProcess } from './system-process';

/** An app drains within GATEWAY_SHUTDOWN_TIMEOUT (25 s) and then ends by itself; past this it hangs. */
const STOP_MS = 30_000;
const POLL_MS = 50;

/** Tiers from the edge to Redis: nobody loses what it still calls. */
const tiers = [...new Set(PROCESSES.map(({ tier }) => tier))].sort((a, b) => b - a);

/**
 * Stops processes that `npm start` started, from the edge to Redis, and removes their records, also those of dead ones.
 * @returns the names of those that ran
 */
export async function stopProcesses(
  dev: DevFolder,
  names: ReadonlySet<string>,
  onStopped: (name: string, remark: string) => void = () => {},
): Promise<string[]> {
  const stopped: string[] = [];
  for (const tier of tiers) {
    const members = PROCESSES.filter((each) => each.tier === tier && names.has(each.name));
    await Promise.all(
      members.map(async ({ name }) => {
        const found = stateOf(dev, name);
        if (found.state === 'runs') {
          onStopped(name, await endProcess(found.record.pid, found.record.beginning));
          stopped.push(name);
        }
        removeRecord(dev, name);
      }),
    );
  }
  return stopped;
}

/** SIGTERM, and SIGKILL when that doesn't end it. @returns a remark when it had to be killed */
export async function endProcess(pid: number, beginning: string | null): Promise<string> {
  signalProcess(pid, 'SIGTERM');
  if (await isGone(pid, beginning, STOP_MS)) return '';
  signalProcess(pid, 'SIGKILL');
  await isGone(pid, beginning, STOP_MS);
  return `had to be killed after ${STOP_MS / 1000} s`;
}

async function isGone(pid: number, beginning: string | null, within: number): Promise<boolean> {
  const end = performance.now() + within;
  while (beginningOf(pid) === beginning) {
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return true;
}
