// npm run generate: the code that is generated from protos/, and the pages that are made from test cases. Both are committed;
// npm test sees whether they are up to date.
import { readArguments, runCommand } from '../command/problem';
import { generate, provideProtos, publishTables } from './generate';

await runCommand(async () => {
  readArguments({}, 'npm run generate');
  await generate();
  await provideProtos();
  publishTables();
  return 0;
});
