// node tools/build/build.mjs <projectRoot> [--watch]
// Bundles <projectRoot>/src/main.ts into dist/<projectRoot>/main.js beside a package.json with the exact versions of what
// it imports, and the files that <projectRoot>/assets.json lists, so that the folder deploys alone (`npm install --omit=dev`
// there). --watch also runs it, again at each change.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rolldown } from 'rolldown';
import { copyAssets } from './assets.mjs';
import { bundleOptions } from './bundle.mjs';
import { deployManifest } from './manifest.mjs';
import { serve } from './serve.mjs';

const [project, flag] = process.argv.slice(2);
const options = bundleOptions(`${project}/src/main.ts`, `dist/${project}/main.js`);

copyAssets(project);
if (flag === '--watch') {
  serve(project, options);
} else {
  const bundle = await rolldown(options.input);
  const { output: chunks } = await bundle.write(options.output);
  await bundle.close();
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
  mkdirSync(`dist/${project}`, { recursive: true });
  writeFileSync(`dist/${project}/package.json`, JSON.stringify(deployManifest(project, chunks, lock), null, 2) + '\n');
}
