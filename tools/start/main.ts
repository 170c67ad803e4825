// npm start: the whole platform on this machine.
import { DevFolder } from './dev-folder';
import { Problem, readArguments, runCommand } from '../command/problem';
import { start } from './start';

const USAGE = 'npm start [-- [--detach] [--only <name,…>]]';

await runCommand(async () => {
  const { values } = readArguments(
    { options: { detach: { type: 'boolean', default: false }, only: { type: 'string' } } },
    USAGE,
  );
  if (values.only === '') throw new Problem(`usage: ${USAGE}`);
  const dev = new DevFolder();
  dev.prepare();
  return start(dev, { detach: values.detach, only: values.only });
});
