// node tools/run.mjs <entry.ts> [arguments]
// Bundles a tool (0.1 s) into dist/tools/ and runs it in this process, which must be the pinned Node's.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { bundleOptions } from './build/bundle.mjs';

const [entry, ...args] = process.argv.slice(2);
const name = entry
  .replace(/^tools\//, '')
  .replace(/(\/main)?\.ts$/, '')
  .replaceAll('/', '-');
const file = resolve(`dist/tools/${name}.js`);

const options = bundleOptions(entry, file);
const bundle = await rolldown(options.input);
const { output } = await bundle.generate({ ...options.output, codeSplitting: false });
await bundle.close();

mkdirSync('dist/tools', { recursive: true });
for (const part of output) {
  // Written aside and moved: another command may be reading the same file.
  const target = resolve('dist/tools', part.fileName);
  writeFileSync(`${target}.${process.pid}`, part.type === 'chunk' ? part.code : part.source);
  renameSync(`${target}.${process.pid}`, target);
}

process.argv = [process.execPath, file, ...args];
await import(pathToFileURL(file).href);
