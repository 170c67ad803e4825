// What the contract of a service becomes in its app, once the files are written.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Formats the contract and generates the app's code from it, as `npm run generate` does for all. */
export function generateCode(root, names) {
  const protos = join(root, 'protos');
  run(root, protos, ['format', '-w', '--path', names.package]);
  run(root, protos, ['generate', '--template', `buf.gen.${names.name}.yaml`]);
}

/** @throws {Error} with what buf said */
function run(root, cwd, args) {
  const buf = join(root, 'node_modules', '.bin', 'buf');
  const { status, stderr, error } = spawnSync(buf, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`buf ${args.join(' ')} failed: ${error?.message ?? stderr.trim()}`);
}
