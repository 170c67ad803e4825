import { compileContract, ContractError } from '@gateway/contracts';
import { RouteConflictError } from '@gateway/route-table';
import { assertDistinct } from '../compile';
import { contractRoutes, serviceNameOf } from '../contract-routes';
import { problemLine } from '../problem';
import type { AuthAbilities, SourceRoutes } from '../source';
import { descriptorSetAt, ProtosError } from './compile-protos';

/**
 * What EDGE_PROTOS contributes.
 * @throws ProtosError when the sources don't compile, aren't a contract, or have a route that can't be served
 */
export async function protosSource(path: string, auth: AuthAbilities): Promise<SourceRoutes> {
  const bytes = await descriptorSetAt(path);
  try {
    const contract = compileContract(bytes);
    const source = contractRoutes(contract, { name: 'protos', origin: 'protos', serviceOf: serviceNameOf }, auth);
    assertDistinct(source);
    const errors = source.problems.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) throw new ProtosError(errors.map(problemLine).join('\n'));
    return source;
  } catch (error) {
    if (error instanceof ContractError || error instanceof RouteConflictError)
      throw new ProtosError(error.message, { cause: error });
    throw error;
  }
}
