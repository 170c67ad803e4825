import { statSync } from 'node:fs';
import type { RegistryClient } from '@gateway/discovery';
import { pathFrom, type RegistryOptions, withRegistry } from '../connection';
import { EXIT, Failure } from '../failure';
import type { Terminal } from '../terminal';
import { changeLines, changesBetween, shortDigest, summaryOf } from './changes';
import { contractAt } from './compile';
import { type OwnerOptions, ownerId } from './push';
import { findingLine } from './violations';

/** The options of `contract diff`. */
export interface DiffOptions extends RegistryOptions {
  readonly service?: string;
  readonly owner?: string;
}

/**
 * Shows what pushing a path would change; or, for a service's name, what its latest publication changed.
 * @throws Failure also when a push would be refused
 */
export async function diffContract(subject: string, options: DiffOptions, terminal: Terminal): Promise<void> {
  const { service } = options;
  if (service !== undefined) return diffPush(subject, { ...options, service }, terminal);
  if (statSync(pathFrom(terminal, subject), { throwIfNoEntry: false }))
    throw new Failure(EXIT.usage, `--service: whose contract is ${subject} to be?`);
  await withRegistry(options, terminal, (client) => diffLatest(subject, client, terminal));
}

async function diffPush(path: string, options: OwnerOptions, terminal: Terminal): Promise<void> {
  const { service } = options;
  const { descriptorSet, sources } = await contractAt(pathFrom(terminal, path));
  const diff = await withRegistry(options, terminal, (client) =>
    client.diffContract({ service, descriptorSet, owner: ownerId(options) }),
  );
  const { digest, digestInForce, changes, violations } = diff;
  const before = digestInForce === '' ? 'no contract' : shortDigest(digestInForce);
  terminal.out(`${service}: ${before} -> ${shortDigest(digest)}: ${summaryOf(changes)}`);
  for (const line of changeLines(changes, sources)) terminal.out(line);
  if (violations.length === 0) return;
  const told = new Set(changes.map(({ rule, element }) => `${rule} ${element}`));
  const others = violations.filter(({ rule, element }) => !told.has(`${rule} ${element}`));
  const lines = others.map((each) => findingLine(each, sources));
  throw new Failure(EXIT.data, ['a push would be refused', ...lines].join('\n'));
}

async function diffLatest(service: string, client: RegistryClient, terminal: Terminal): Promise<void> {
  const { publications } = await client.listPublications(service);
  const [latest, before] = publications.map(({ contract }) => contract!);
  if (before === undefined) return terminal.out(`${service} has only one contract, ${shortDigest(latest!.digest)}`);
  const [is, was] = await Promise.all([client.getContract(latest!.digest), client.getContract(before.digest)]);
  const changes = changesBetween(was.descriptorSet, is.descriptorSet);
  terminal.out(`${service}: ${shortDigest(before.digest)} -> ${shortDigest(latest!.digest)}: ${summaryOf(changes)}`);
  for (const line of changeLines(changes)) terminal.out(line);
}
