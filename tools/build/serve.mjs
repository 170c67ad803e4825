import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { watch } from 'rolldown';

const STOP_MS = 10_000;

/**
 * Builds, runs, and runs again at each change; with the development environment of `npm start` when there is one.
 * @param {string} project the app's folder
 * @param {ReturnType<import('./bundle.mjs').bundleOptions>} options
 */
export function serve(project, options) {
  const name = project.split('/').pop();
  const main = `dist/${project}/main.js`;
  const environment = [`.dev/env/${name}.env`, `.dev/env/${name}-1.env`].find((file) => existsSync(file));
  const args = ['--enable-source-maps', ...(environment ? [`--env-file=${environment}`] : []), main];
  let child;
  let last = Promise.resolve();

  const stop = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await new Promise((done) => child.once('exit', done));
    clearTimeout(kill);
  };
  const restart = () => {
    last = last.then(stop).then(() => {
      child = spawn(process.execPath, args, { stdio: 'inherit' });
    });
  };

  const watcher = watch({ ...options.input, output: options.output });
  watcher.on('event', (event) => {
    if (event.code === 'BUNDLE_END') {
      console.log(`[${name}] built in ${event.duration} ms`);
      event.result.close();
      restart();
    } else if (event.code === 'ERROR') console.error(`[${name}]`, event.error?.message ?? event);
  });
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => {
      watcher.close();
      last.then(stop).then(() => process.exit(0));
    });
}
