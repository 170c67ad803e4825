// node tools/bootstrap/main.mjs <command> [arguments]
// The commands of package.json. Runs on any Node from 18 on, also without node_modules: it imports nothing but Node's own
// modules, installs what is missing, and hands over to the Node that the project pins.
import { existsSync, readdirSync } from 'node:fs';
import { BootstrapError, checkMachine, rootDir } from './machine.mjs';
import { ensureInstalled } from './install.mjs';
import { runTool } from './run-tool.mjs';

const COMMANDS = {
  start: 'tools/start/main.ts',
  status: 'tools/start/status.ts',
  stop: 'tools/start/stop.ts',
  identity: 'tools/start/identity.ts',
  test: 'tools/test/main.ts',
  generate: 'tools/generate/main.ts',
  bench: 'tools/bench/main.ts',
};

/** Without packages nothing of ours can have been started; installing them only to say so would be silly. */
function nothingCanRun() {
  const pids = `${rootDir}.dev/run`;
  return !existsSync(`${rootDir}node_modules`) && (!existsSync(pids) || readdirSync(pids).length === 0);
}

async function main([command, ...args]) {
  const tool = Object.hasOwn(COMMANDS, command ?? '') ? COMMANDS[command] : undefined;
  if (!tool) throw new BootstrapError(`usage: node tools/bootstrap/main.mjs <${Object.keys(COMMANDS).join('|')}>`);
  if ((command === 'status' || command === 'stop') && nothingCanRun()) {
    console.log('nothing runs');
    return 0;
  }
  checkMachine();
  await ensureInstalled();
  return runTool(tool, args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
