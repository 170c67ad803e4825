import { spiffeIdFor } from '@gateway/mtls';
import { pathFrom, type RegistryOptions, withRegistry } from '../connection';
import type { Terminal } from '../terminal';
import { changeLines } from './changes';
import { contractAt } from './compile';
import { compileLocal, orViolations } from './violations';

/** Whose contract it is. */
export interface OwnerOptions extends RegistryOptions {
  readonly service: string;
  /** Absent: the identity of the service's name. */
  readonly owner?: string;
}

/** The options of `contract push`. */
export interface PushOptions extends OwnerOptions {
  readonly allowBreaking?: boolean;
  readonly note?: string;
}

/** Compiles and publishes a contract. @throws Failure */
export async function pushContract(path: string, options: PushOptions, terminal: Terminal): Promise<void> {
  const contract = await contractAt(pathFrom(terminal, path));
  const { descriptorSet, sources } = contract;
  const { methods } = compileLocal(contract, path);
  const { service, allowBreaking, note } = options;
  const { digest, revision, changes } = await withRegistry(options, terminal, (client) => {
    const request = { service, descriptorSet, owner: ownerId(options), allowBreaking, note };
    return orViolations(client.publishContract(request), contract);
  });
  terminal.out(`${service} has the contract ${digest}, ${methods.length} methods, at revision ${revision?.n ?? '?'}`);
  for (const line of changeLines(changes, sources)) terminal.out(line);
}

/** The SPIFFE id that a contract is published for. */
export const ownerId = ({ service, owner = service }: OwnerOptions): string =>
  owner.includes('://') ? owner : spiffeIdFor(owner);
