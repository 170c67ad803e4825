// Builds a program as apps are built: node build-program.fixture.mjs <source> <bundle>. A process of its own, because the
// bundler's native part doesn't work inside Jest.
import { rolldown } from 'rolldown';
import { bundleOptions } from '../../../tools/build/bundle.mjs';

const [source, file] = process.argv.slice(2);
const { input, output } = bundleOptions(source, file);
const bundle = await rolldown(input);
await bundle.write(output);
await bundle.close();
