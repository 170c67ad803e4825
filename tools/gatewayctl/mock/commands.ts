import type { Command } from 'commander';
import { type EdgeOptions, tellEdge } from '../edge/admin-plane';
import type { Terminal } from '../terminal';
import { listMocks } from './list';

/** The options of commands about a scenario. */
interface SessionOptions extends EdgeOptions {
  readonly session?: string;
}

/** The options of `record`. */
interface RecordOptions extends EdgeOptions {
  readonly for: string;
  readonly calls: string;
}

/**
 * Adds `list`, `use`, `enter`, `reset`, `record` and `recorded`.
 * @param command makes a subcommand that reaches an edge
 */
export function addMockCommands(command: (usage: string) => Command, terminal: Terminal): void {
  command('list')
    .description('Which routes are mocked now and why, and where the scenarios stand.')
    .option('--json', 'as the edge gives it')
    .action((options) => listMocks(options, terminal));
  command('use <route> <what>')
    .description('Switches a route: on, off, policy (as it says), contract (no scenario), or the name of a scenario.')
    .action((route: string, what: string, options: EdgeOptions) =>
      tell(`${at(route)}`, change(what), options, terminal),
    );
  command('enter <scenario> <state>')
    .description('Puts a session of a scenario into a state.')
    .option('--session <name>', 'whose; when not given: that of callers without one')
    .action((scenario: string, state: string, { session, ...options }: SessionOptions) =>
      tell(`/mocks/scenarios/${encodeURIComponent(scenario)}/state`, { state, session }, options, terminal),
    );
  command('reset <scenario>')
    .description('Has a scenario begin anew.')
    .option('--session <name>', 'whose; when not given: all')
    .action((scenario: string, { session, ...options }: SessionOptions) =>
      tell(`/mocks/scenarios/${encodeURIComponent(scenario)}/reset`, { session }, options, terminal),
    );
  command('record <route>')
    .description('Records what the service of a route answers; `mock recorded` gives it as a scenario.')
    .option('--for <duration>', 'from 1s to 1h', '60s')
    .option('--calls <number>', 'at most, up to 1000', '100')
    .action((route: string, { for: duration, calls, ...options }: RecordOptions) =>
      tell(`${at(route)}/record`, { for: duration, calls: Number(calls) }, options, terminal),
    );
  command('recorded <route>')
    .description('What was recorded, as a scenario file.')
    .action(async (route: string, options: EdgeOptions) =>
      terminal.out((await tellEdge(options, `${at(route)}/recorded`)).trimEnd()),
    );
}

const at = (route: string): string => `/mocks/routes/${encodeURIComponent(route)}`;

async function tell(path: string, body: object, options: EdgeOptions, terminal: Terminal): Promise<void> {
  terminal.out(await tellEdge(options, path, body));
}

function change(what: string): object {
  if (what === 'on') return { on: true };
  if (what === 'off') return { on: false };
  if (what === 'policy') return { on: null, scenario: null };
  return { scenario: what === 'contract' ? '' : what };
}
