import type { Command } from 'commander';
import type { Terminal } from '../terminal';
import { diffContract } from './diff';
import { rollBackContract, showHistory } from './history';
import { pushContract } from './push';
import { showContract } from './show';

/**
 * Adds `push`, `diff`, `history`, `rollback` and `show`.
 * @param command makes a subcommand that reaches the registry
 */
export function addContractCommands(command: (usage: string) => Command, terminal: Terminal): void {
  const owner = ['--owner <name>', "whose it is, a name or a SPIFFE id; when not given: the service's"] as const;
  command('push <path>')
    .description('Publishes a contract: a folder of .proto sources (the import root), or a descriptor set.')
    .requiredOption('--service <name>', 'the service whose contract it is')
    .option(...owner)
    .option('--allow-breaking', 'also when it breaks the one in force; the history keeps that')
    .option('--note <text>', 'why, for the history')
    .action((path: string, options) => pushContract(path, options, terminal));
  command('diff <path-or-service>')
    .description(
      'What a push would change, and why it would be refused; of a service: what its latest publication changed.',
    )
    .option('--service <name>', 'the service whose contract the path is')
    .option(...owner)
    .action((subject: string, options) => diffContract(subject, options, terminal));
  command('history <service>')
    .description('The publications of a service, newest first; * is in force.')
    .option('--json', 'as protobuf JSON')
    .action((service: string, options) => showHistory(service, options, terminal));
  command('rollback <service> [digest]')
    .description('Puts an older contract in force again: the one before, or that of a digest or its beginning.')
    .option('--note <text>', 'why, for the history')
    .action((service: string, digest: string | undefined, options) =>
      rollBackContract(service, digest ?? '', options, terminal),
    );
  command('show <service>')
    .description('The contract in force: methods, routes, who may call, parts of the policy.')
    .action((service: string, options) => showContract(service, options, terminal));
}
