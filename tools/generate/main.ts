// npm run generate: the code that is generated from protos/. It is committed; npm test sees whether it is up to date.
import { readArguments, runCommand } from '../command/problem';
import { generate, provideProtos } from './generate';

await runCommand(async () => {
  readArguments({}, 'npm run generate');
  await generate();
  await provideProtos();
  return 0;
});
