// npm run stop: ends everything that npm start started, and the Nx daemon.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { PROCESSES, workspaceDir } from '@gateway/testing';
import { DevFolder } from './dev-folder';
import { readArguments, runCommand } from '../command/problem';
import { startingNow } from './start-lock';
import { endProcess, stopProcesses } from './stopping';
import { beginningOf } from './system-process';

/** Ends a start that is under way: it stops what it has started so far. */
async function endStart(dev: DevFolder): Promise<boolean> {
  const pid = startingNow(dev);
  if (pid === null) return false;
  await endProcess(pid, beginningOf(pid));
  console.log('the start that was under way is ended');
  return true;
}

/** Nx keeps a daemon for each workspace when people run it without NX_DAEMON=false. */
function stopNxDaemon(): boolean {
  const root = workspaceDir();
  if (!existsSync(`${root}/.nx/workspace-data/d/server-process.json`)) return false;
  spawnSync(process.execPath, [`${root}/node_modules/.bin/nx`, 'daemon', '--stop'], { cwd: root, stdio: 'ignore' });
  console.log('the Nx daemon is stopped');
  return true;
}

await runCommand(async () => {
  readArguments({}, 'npm run stop');
  const dev = new DevFolder();
  const ended = await endStart(dev);
  const names = new Set(PROCESSES.map(({ name }) => name));
  const stopped = await stopProcesses(dev, names, (name, remark) =>
    console.log(`${name} stopped${remark && ` (${remark})`}`),
  );
  const daemon = stopNxDaemon();
  if (!ended && stopped.length === 0 && !daemon) console.log('nothing runs');
  return 0;
});
