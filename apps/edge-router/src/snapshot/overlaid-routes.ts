import { type CompiledContract, type ContractOverlay, overlayContract } from '@gateway/contracts';
import { areEqualRoutes } from '@gateway/route-table';
import type { Route } from '../pipeline/route';
import { type ContractSource, contractRoutes } from './contract-routes';
import type { SnapshotProblem } from './problem';
import type { AuthAbilities, SourceRoutes } from './source';

/** A contract's routes under the overlays of the route file. */
export interface OverlaidRoutes extends SourceRoutes {
  /** Indexes of the overlays that select something in it. */
  readonly used: ReadonlySet<number>;
}

/** What a contract that can't be used contributes. */
export const noRoutes = (name: string): OverlaidRoutes => ({ name, routes: [], problems: [], used: new Set() });

/**
 * The routes of a contract, with what the route file lays over it. A method whose overlay can't be applied isn't served:
 * without it, it may be more open than the operator meant.
 */
export function overlaidRoutes(
  contract: CompiledContract,
  source: ContractSource,
  auth: AuthAbilities,
  overlays: readonly ContractOverlay[],
): OverlaidRoutes {
  const { contract: overlaid, problems: wrong, applied } = overlayContract(contract, overlays);
  const { name, routes, problems } = contractRoutes(overlaid, source, auth);
  const found: SnapshotProblem[] = wrong.map(({ index, field, method, detail }) =>
    overlayProblem(index, `.${field}`, `${method} is not served: ${detail}`),
  );
  const kept = withoutEqual(routes, (route) => applied.get(route.scope)?.at(-1), found);
  return { name, routes: kept, problems: [...problems, ...found], used: new Set([...applied.values()].flat()) };
}

/** Leaves out the overlaid ones of routes that have become equal. @param overlayOf undefined: the route has none */
function withoutEqual(
  routes: readonly Route[],
  overlayOf: (route: Route) => number | undefined,
  problems: SnapshotProblem[],
): Route[] {
  const kept = routes.filter((route) => overlayOf(route) === undefined);
  if (kept.length === routes.length) return kept;
  for (const route of routes) {
    const index = overlayOf(route);
    if (index === undefined) continue;
    const rival = kept.find((other) => areEqualRoutes(other, route));
    if (rival === undefined) kept.push(route);
    else problems.push(overlayProblem(index, '', `${route.id} is not served: it is equal to ${rival.id}`));
  }
  return kept;
}

const overlayProblem = (index: number, field: string, detail: string): SnapshotProblem => ({
  severity: 'error',
  source: 'file',
  place: `overlays[${index}]${field}`,
  detail,
});

/** Of overlays that select nothing in any contract: it may come later, or be misspelt. */
export function unusedOverlays(
  overlays: readonly ContractOverlay[],
  sources: readonly OverlaidRoutes[],
): SnapshotProblem[] {
  const used = new Set(sources.flatMap((source) => [...source.used]));
  return overlays.flatMap(({ selector }, index): SnapshotProblem[] =>
    used.has(index)
      ? []
      : [
          {
            severity: 'warning',
            source: 'file',
            place: `overlays[${index}].selector`,
            detail: `"${selector}" is a method of no contract that is in force`,
          },
        ],
  );
}
