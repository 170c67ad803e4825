// npm run status: what runs, where, since when.
import { PROCESSES, adminVariable, isReady, type ProcessSpec } from '@gateway/testing';
import { DevFolder } from './dev-folder';
import { redisAnswers } from './launcher';
import { stateOf, type PidRecord } from './pid-record';
import { readArguments, runCommand } from '../command/problem';
import { startingNow } from './start-lock';
import { table } from '../command/table';

const HEAD = ['process', 'state', 'pid', 'ports', 'since', 'ready'];

async function rowOf(dev: DevFolder, spec: ProcessSpec): Promise<string[]> {
  const found = stateOf(dev, spec.name);
  if (found.state === 'stopped') return [spec.name, 'stopped', '', '', '', ''];
  const { pid, ports, since } = found.record;
  const listed = Object.values(ports).join(' ');
  if (found.state === 'died') return [spec.name, 'died', String(pid), listed, when(since), 'no'];
  return [spec.name, 'runs', String(pid), listed, when(since), (await ready(dev, spec, found.record)) ? 'yes' : 'no'];
}

function ready(dev: DevFolder, spec: ProcessSpec, { ports }: PidRecord): Promise<boolean> {
  const variable = adminVariable(spec);
  return variable === null ? redisAnswers(dev, ports['REDIS_PORT']!) : isReady(ports[variable]!);
}

/** Local time to the second. */
function when(iso: string): string {
  const date = new Date(iso);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace('T', ' ');
}

await runCommand(async () => {
  readArguments({}, 'npm run status');
  const dev = new DevFolder();
  console.log(table(HEAD, await Promise.all(PROCESSES.map((spec) => rowOf(dev, spec)))));
  const starting = startingNow(dev);
  if (starting !== null) console.log(`npm start (pid ${starting}) is starting it right now`);
  return 0;
});
