import { type CompiledContract, compileContract, ContractError, type ContractOverlay } from '@gateway/contracts';
import { RouteConflictError } from '@gateway/route-table';
import type { ApiPaths } from '@gateway/versioning';
import { assertDistinct } from '../compile';
import { ContractOffer } from '../contract-offer';
import { serviceNameOf } from '../contract-routes';
import type { AuthAbilities } from '../source';
import { descriptorSetAt } from './compile-protos';
import { protosProblem, ProtosError } from './protos-error';
import { type PlaceOfSymbol, sourceLines } from './source-lines';

/** The sources of EDGE_PROTOS, compiled. */
export interface CompiledProtos {
  readonly contract: CompiledContract;
  readonly placeOf: PlaceOfSymbol;
}

/**
 * Compiles EDGE_PROTOS.
 * @throws ProtosError when the sources don't compile or aren't a contract
 */
export async function compileProtos(path: string): Promise<CompiledProtos> {
  const bytes = await descriptorSetAt(path);
  const placeOf = sourceLines(bytes);
  try {
    return { contract: compileContract(bytes), placeOf };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    const { place, detail, rule } = error;
    const where = place.symbol === '' ? place.file : placeOf(place.symbol);
    const about = place.symbol === '' ? '' : `${place.symbol}: `;
    throw new ProtosError([protosProblem(where, `${about}${detail} [${rule}]`)], { cause: error });
  }
}

/** What decides which routes a contract has, beside itself. */
export interface ProtosUse {
  readonly auth: AuthAbilities;
  readonly paths: ApiPaths;
  /** What the route file lays over it. */
  readonly overlays: readonly ContractOverlay[];
}

/**
 * What EDGE_PROTOS contributes. The folder is taken whole or not at all: it is the operator's, like the route file.
 * @throws ProtosError when it has a route that can't be served
 */
export function protosOffer(
  { contract, placeOf }: CompiledProtos,
  { auth, paths, overlays }: ProtosUse,
): ContractOffer {
  const versionOf = (path: string): string | null => paths.versionIn(path);
  const origin = { name: 'protos', origin: 'protos', serviceOf: serviceNameOf, versionOf } as const;
  const offer = new ContractOffer(contract, origin, auth);
  const source = offer.routes(overlays);
  const own = source.problems.filter((problem) => problem.source === source.name);
  const errors = own.filter(({ severity, served }) => severity === 'error' && served !== true);
  if (errors.length > 0)
    throw new ProtosError(errors.map(({ place, detail }) => protosProblem(placeOf(place), `${place}: ${detail}`)));
  try {
    assertDistinct(source);
  } catch (error) {
    if (!(error instanceof RouteConflictError)) throw error;
    throw new ProtosError([protosProblem(placeOf(symbolOf(error.second)), error.message)], { cause: error });
  }
  return offer;
}

/** The method of a route: `shop.v1.ShopService.GetItem#2` is its second binding. */
const symbolOf = (route: string): string => route.replace(/#\d+$/, '');
