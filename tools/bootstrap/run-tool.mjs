import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { constants } from 'node:os';
import { rootDir } from './machine.mjs';
import { pinnedNode } from './pinned-node.mjs';

const FORWARDED = ['SIGTERM', 'SIGHUP'];
const PARENT_POLL_MS = 250;

/**
 * Runs a tool's TypeScript entry on the pinned Node, in the workspace's folder.
 * @param {string} entry such as `tools/start/main.ts`
 * @param {string[]} args its arguments
 * @returns {Promise<number>} its exit code
 */
export function runTool(entry, args) {
  const path = `${rootDir}node_modules/.bin${delimiter}${process.env.PATH ?? ''}`;
  const child = spawn(pinnedNode(), ['--enable-source-maps', `${rootDir}tools/run.mjs`, entry, ...args], {
    cwd: rootDir,
    env: { ...process.env, PATH: path },
    stdio: 'inherit',
  });
  // Ctrl-C reaches the tool by itself (the terminal signals the whole group): we only have to outlive it.
  process.on('SIGINT', () => {});
  for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
  const watching = watchNpm(() => child.kill('SIGTERM'));
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      clearInterval(watching);
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

/** npm hands SIGTERM to the shell that it runs us in, which dies of it without telling us. */
function watchNpm(onGone) {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const parent = process.ppid;
  return setInterval(() => process.ppid !== parent && onGone(), PARENT_POLL_MS);
}
