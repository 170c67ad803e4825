import { timestampDate } from '@bufbuild/protobuf/wkt';
import { registryV1 } from '@gateway/contracts';
import { toJson } from '@bufbuild/protobuf';
import { table } from '../../command/table';
import { type RegistryOptions, withRegistry } from '../connection';
import type { Terminal } from '../terminal';
import { changeLines, shortDigest } from './changes';

/** The options of `contract history`. */
export interface HistoryOptions extends RegistryOptions {
  readonly json?: boolean;
}

/** The options of `contract rollback`. */
export interface RollbackOptions extends RegistryOptions {
  readonly note?: string;
}

const COLUMNS = ['PUBLISHED', 'DIGEST', 'OWNER', 'BY', 'BREAKING', 'NOTE'];

/** Shows the publications of a service, newest first. @throws Failure */
export async function showHistory(service: string, options: HistoryOptions, terminal: Terminal): Promise<void> {
  const response = await withRegistry(options, terminal, (client) => client.listPublications(service));
  if (options.json)
    return terminal.out(JSON.stringify(toJson(registryV1.ListPublicationsResponseSchema, response), null, 2));
  terminal.out(table(COLUMNS, response.publications.map(rowOf)));
}

/** Puts an older contract in force again. @throws Failure */
export async function rollBackContract(
  service: string,
  digest: string,
  options: RollbackOptions,
  terminal: Terminal,
): Promise<void> {
  const request = { service, digest, note: options.note };
  const answer = await withRegistry(options, terminal, (client) => client.rollBackContract(request));
  terminal.out(`${service} has the contract ${answer.digest} again, at revision ${answer.revision?.n ?? '?'}`);
  for (const line of changeLines(answer.changes)) terminal.out(line);
}

function rowOf({ contract, inForce, publishedBy, allowedBreaking, note }: registryV1.Publication): string[] {
  const { publishedAt, digest, owner } = contract!;
  return [
    `${publishedAt ? timestampDate(publishedAt).toISOString() : '?'}${inForce ? ' *' : ''}`,
    shortDigest(digest),
    nameOf(owner),
    nameOf(publishedBy || owner),
    allowedBreaking ? 'allowed' : '-',
    note.replace(/sha256:[0-9a-f]{64}/g, shortDigest) || '-',
  ];
}

const nameOf = (spiffeId: string): string => spiffeId.replace(/^spiffe:\/\/[^/]+\//, '');
