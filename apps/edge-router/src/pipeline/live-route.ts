import type { Route } from './route';
import type { RouteHandler } from './stage';

/** A route with its pipeline, ready to serve. */
export interface LiveRoute {
  readonly route: Route;
  readonly handler: RouteHandler;
}
