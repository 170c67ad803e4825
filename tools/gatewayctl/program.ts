import { Command, CommanderError, Option } from 'commander';
import { addCacheCommands } from './cache/commands';
import { listCertificates } from './certs/list';
import { addContractCommands } from './contract/commands';
import { explainRequest } from './edge/explain';
import { showHealth } from './edge/health';
import { showPools } from './edge/pools';
import { showRoutes } from './edge/routes';
import { showVersions } from './edge/versions';
import { EXIT, Failure } from './failure';
import { addMockCommands } from './mock/commands';
import { listServices } from './services/list';
import { watchServices } from './services/watch';
import type { Terminal } from './terminal';

/**
 * Runs a command line.
 * @param args without the program's name
 * @returns the exit code
 */
export async function runGatewayctl(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await gatewayctl(terminal).parseAsync([...args], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    // Commander has said it by then.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (!(error instanceof Failure)) throw error;
    terminal.err(`gatewayctl: ${error.message}`);
    return error.code;
  }
}

function gatewayctl(terminal: Terminal): Command {
  const program = new Command('gatewayctl')
    .description('The platform, for its operator.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) =>
        terminal.err(
          `gatewayctl: ${text
            .trim()
            .replace(/^error: /, '')
            .replaceAll('\n', ' ')}`,
        ),
    });
  const command = (name: string, about: string): Command =>
    program.command(name).description(about).copyInheritedSettings(program);

  ofRegistry(command('services [service]', 'Who is registered, and how each instance does.'), terminal)
    .option('--json', 'as protobuf JSON; with --watch one object a line')
    .option('--watch', 'the table, then each change as a line, until Ctrl-C')
    .action((service: string | undefined, options) =>
      options.watch ? watchServices(service, options, terminal) : listServices(service, options, terminal),
    );
  ofEdge(command('routes', 'The routes in force, and what is wrong with their sources.'), terminal)
    .option('--json', 'as the edge gives them')
    .action((options) => showRoutes(options, terminal));
  ofEdge(command('explain <method> <path>', 'What would become of a request, without sending it.'), terminal)
    .option('-H, --header <header>', 'a field, "name: value"; as often as needed', collect, [])
    .option('--scheme <scheme>', 'http or https; https when not given')
    .option('--from <address>', "the client's IP address; 127.0.0.1 when not given")
    .option('--json', 'as the edge gives it')
    .action((method: string, path: string, options) => explainRequest(method, path, options, terminal));
  ofEdge(command('versions', 'The versions of the API, and what of them ends.'), terminal)
    .option('--callers', 'also who still calls what is deprecated, at this edge since its start')
    .option('--json', 'as the edge gives them')
    .action((options) => showVersions(options, terminal));
  ofEdge(command('pools', 'The connections to upstreams, and how many there should be.'), terminal)
    .option('--json', 'as the edge gives them')
    .action((options) => showPools(options, terminal));
  ofEdge(command('health', "The state of the whole platform, as the edge's tree in JSON."), terminal).action(
    (options) => showHealth(options, terminal),
  );
  command('certs [folder]', 'Until when the identities of a folder last, and what is wrong with them.')
    .option('--days <number>', 'how long they must last from now', '0')
    .action((folder: string | undefined, options) => listCertificates(folder, options, terminal));
  const mock = program
    .command('mock')
    .description('What answers in the place of services.')
    .copyInheritedSettings(program);
  addMockCommands((usage) => ofEdge(mock.command(usage).copyInheritedSettings(program), terminal), terminal);
  const cache = program.command('cache').description('Answers that edges keep.').copyInheritedSettings(program);
  addCacheCommands((usage) => ofEdge(cache.command(usage).copyInheritedSettings(program), terminal), terminal);
  const contract = program.command('contract').description('Contracts of services.').copyInheritedSettings(program);
  addContractCommands(
    (usage) => ofRegistry(contract.command(usage).copyInheritedSettings(program), terminal),
    terminal,
  );
  return program;
}

/** For options that may be given several times. */
const collect = (value: string, before: readonly string[]): string[] => [...before, value];

const ofRegistry = (command: Command, { env }: Terminal): Command =>
  command
    .addOption(
      new Option('--registry <addresses>', 'host:port of the registry, several by commas (GATEWAY_REGISTRY)').default(
        env['GATEWAY_REGISTRY'] || 'localhost:7400',
      ),
    )
    .addOption(
      new Option('--identity <folder>', 'who you are: cert.pem, key.pem, ca.pem (GATEWAY_IDENTITY_DIR)').default(
        env['GATEWAY_IDENTITY_DIR'] || undefined,
        '.dev/identity/operator',
      ),
    );

const ofEdge = (command: Command, { env }: Terminal): Command =>
  command.addOption(
    new Option('--edge <url>', "the edge's admin plane (GATEWAYCTL_EDGE)").default(
      env['GATEWAYCTL_EDGE'] || 'http://127.0.0.1:9901',
    ),
  );
