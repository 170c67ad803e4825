import { accessSync, constants, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What keeps a command from running, in one line that says what to do. */
export class BootstrapError extends Error {}

/** The workspace's folder, with a slash at its end. */
export const rootDir = fileURLToPath(new URL('../../', import.meta.url));

const OLDEST_NODE = 18;
/** Folders that the commands write to, where they exist already. */
const WRITTEN = ['', 'node_modules', 'dist', '.dev', '.nx'];

/** @throws BootstrapError when this machine can't run the commands */
export function checkMachine() {
  const version = process.versions.node;
  if (Number.parseInt(version, 10) < OLDEST_NODE) {
    throw new BootstrapError(`Node ${version} is too old to start from: Node ${OLDEST_NODE} or newer is needed`);
  }
  for (const folder of WRITTEN) checkWritable(`${rootDir}${folder}`);
}

function checkWritable(folder) {
  if (!existsSync(folder)) return;
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new BootstrapError(`can't write to ${folder} (${error.code})`);
  }
}
