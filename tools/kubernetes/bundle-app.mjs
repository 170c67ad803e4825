// node tools/kubernetes/bundle-app.mjs <app> <bundle>: an app's program without its folder. A process of its own, because
// the bundler's native part doesn't work inside Jest.
import { rolldown } from 'rolldown';
import { bundleOptions } from '../build/bundle.mjs';

const [app, file] = process.argv.slice(2);
const { input, output } = bundleOptions(`apps/${app}/src/main.ts`, file);
const bundle = await rolldown(input);
await bundle.write(output);
await bundle.close();
