import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const { paths } = JSON.parse(readFileSync('tsconfig.base.json', 'utf8')).compilerOptions;

/** Resolves `@gateway/…` to its source; the bundler's own resolution does the rest. */
const workspaceAliases = {
  name: 'workspace-aliases',
  resolveId(id) {
    if (!id.startsWith('@gateway/')) return null;
    if (paths[id]) return resolve(paths[id][0]);
    const wildcard = Object.keys(paths).find((alias) => alias.endsWith('/*') && id.startsWith(alias.slice(0, -1)));
    if (!wildcard) return null;
    const rest = id.slice(wildcard.length - 1).replace(/\.js$/, '.ts');
    return resolve(paths[wildcard][0].slice(0, -1) + rest);
  },
};

/** What is in package.json stays outside the bundle. */
const external = (id) => !/^[.\0/]/.test(id) && !id.startsWith('@oxc-project') && !id.startsWith('@gateway/');

/**
 * Rolldown's options for one program.
 * @param {string} entry the program's source
 * @param {string} file the bundle to write
 */
export function bundleOptions(entry, file) {
  return {
    input: {
      input: entry,
      platform: 'node',
      external,
      tsconfig: 'tsconfig.base.json',
      plugins: [workspaceAliases],
      logLevel: 'warn',
    },
    output: {
      dir: dirname(file),
      format: 'esm',
      sourcemap: true,
      entryFileNames: file.slice(dirname(file).length + 1),
      keepNames: true,
    },
  };
}
