import type { RouteEntry } from '@gateway/route-table';
import type { Route } from './route';
import type { RouteHandler } from './stage';

/** A route with its pipeline, ready to serve. */
export interface LiveRoute {
  readonly route: Route;
  readonly handler: RouteHandler;
}

/** A route's place in tables, of which each snapshot has several: made once for all of them. */
export const liveEntry = (live: LiveRoute): RouteEntry<LiveRoute> => {
  const { id, template, methods, hosts, upgrades } = live.route;
  return { id, template, methods, hosts, upgrades, value: live };
};
