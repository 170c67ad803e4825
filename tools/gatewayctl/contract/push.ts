import { compileContract, ContractError } from '@gateway/contracts';
import { spiffeIdFor } from '@gateway/mtls';
import { pathFrom, type RegistryOptions, withRegistry } from '../connection';
import { EXIT, Failure } from '../failure';
import type { Terminal } from '../terminal';
import { descriptorSetAt } from './compile';

/** The options of `contract push`. */
export interface PushOptions extends RegistryOptions {
  readonly service: string;
  /** Absent: the identity of the service's name. */
  readonly owner?: string;
}

/** Compiles and publishes a contract. @throws Failure */
export async function pushContract(path: string, options: PushOptions, terminal: Terminal): Promise<void> {
  const descriptorSet = await descriptorSetAt(pathFrom(terminal, path));
  const methods = methodsOf(descriptorSet, path);
  const { service, owner = service } = options;
  const { digest, revision } = await withRegistry(options, terminal, (client) =>
    client.publishContract({ service, descriptorSet, owner: owner.includes('://') ? owner : spiffeIdFor(owner) }),
  );
  terminal.out(`${service} has the contract ${digest}, ${methods} methods, at revision ${revision?.n ?? '?'}`);
}

/** As the registry will read it: what is wrong is said without asking it. */
function methodsOf(descriptorSet: Uint8Array, path: string): number {
  try {
    return compileContract(descriptorSet).methods.length;
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    throw new Failure(EXIT.data, `${path} is no contract: ${error.message}`);
  }
}
