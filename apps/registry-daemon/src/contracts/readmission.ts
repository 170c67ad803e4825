import { type CompiledContract, compileContract, digestOf } from '@gateway/contracts';
import { type Holdings, objectionsToContract, objectToService } from './acceptance';
import type { ContractEntry } from './contract-entry';
import type { Owners } from './owners';

/**
 * Who was first is decided where a contract was published. Daemons that decided apart agree by taking what the other
 * has taken: the latest publication of a service is in force at all of them.
 */
const NOBODY: Holdings = { holderOf: () => null, contractsInForce: () => [] };

/**
 * Checks a contract that another daemon has accepted, since the store that it comes from is no authority: its bytes, and
 * whether its owner may publish that.
 * @returns it, compiled
 * @throws Error with the reason when it is not to be taken
 */
export function readmit(entry: ContractEntry, descriptorSet: Uint8Array, owners: Owners): CompiledContract {
  const { service, digest, owner } = entry;
  if (digestOf(descriptorSet) !== digest) throw new Error('its bytes are not those of its digest');
  const compiled = compileContract(descriptorSet);
  const [objection] = [
    objectToService(owner, service, owners, NOBODY) ?? [],
    objectionsToContract(owner, service, compiled, owners, NOBODY),
  ].flat();
  if (objection) throw new Error(objection.detail);
  return compiled;
}
