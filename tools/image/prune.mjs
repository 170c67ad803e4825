// node tools/image/prune.mjs <built app> <target>
// Copies a built app and the packages that it needs, exactly those of package-lock.json, into a folder that runs alone.
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { packagesOf } from './packages-of.mjs';

const [app, target] = process.argv.slice(2);
const manifest = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8'));
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;

mkdirSync(target, { recursive: true });
cpSync(app, target, { recursive: true });
cpSync('tools/image/healthcheck.mjs', join(target, 'healthcheck.mjs'));

for (const { path, optional } of packagesOf(manifest, lock)) {
  // The binaries of other platforms aren't installed.
  if (optional && !existsSync(path)) continue;
  // What is nested in a package comes by itself, if it is needed.
  const inner = join(path, 'node_modules') + sep;
  cpSync(path, join(target, path), { recursive: true, filter: (source) => !`${source}${sep}`.startsWith(inner) });
}
