import { areEqualRoutes, RouteTable } from '@gateway/route-table';
import type { Route } from '../pipeline/route';
import type { SnapshotProblem } from './problem';
import type { SourceRoutes } from './source';

/** The routes in force, all at once. Immutable. */
export interface RouteSnapshot {
  readonly routes: readonly Route[];
  readonly problems: readonly SnapshotProblem[];
}

/**
 * Makes one snapshot of all sources. Where two of them have equal routes the earlier source wins, with a warning: the
 * operator's file stands before contracts. Pure.
 * @param sources by precedence, each without conflicts within itself (see `assertDistinct`)
 */
export function compileSnapshot(sources: readonly SourceRoutes[]): RouteSnapshot {
  const byShape = new Map<string, Route[]>();
  const problems = sources.flatMap((source) => source.problems);
  const routes: Route[] = [];
  for (const { name, routes: offered } of sources) {
    for (const route of offered) {
      const rivals = byShape.get(route.template.shape) ?? [];
      const winner = rivals.find((rival) => areEqualRoutes(rival, route));
      if (winner !== undefined) {
        const detail = `hidden by the equal route ${winner.id} of ${winner.declaredBy}`;
        problems.push({ severity: 'warning', source: name, place: route.id, detail });
        continue;
      }
      byShape.set(route.template.shape, [...rivals, route]);
      routes.push(route);
    }
  }
  return { routes, problems };
}

/**
 * Refuses a source that has two equal routes.
 * @throws RouteConflictError naming both
 */
export function assertDistinct({ routes }: Pick<SourceRoutes, 'routes'>): void {
  RouteTable.build(routes.map((route) => ({ ...route, value: route })));
}
