import type { Clock } from '@gateway/clock';
import type { RouteEntry } from '@gateway/route-table';
import { ApiPaths } from '@gateway/versioning';
import type { LiveRoute } from '../pipeline/live-route';
import type { Route } from '../pipeline/route';
import type { RouteFinder } from '../pipeline/stages/match';
import { VersionedRoutes } from './versioned-routes';

/** How clients name versions. */
export interface ApiVersionsOptions {
  /** What stands before versions in paths, such as `/api`; '' nothing. */
  readonly prefix: string;
  /** Of media types: `application/vnd.<vendor>.v1+json`. Lower case. */
  readonly vendor: string;
  /** What who names none gets; null: the oldest that has the resource and hasn't ended. */
  readonly defaultVersion: string | null;
  readonly clock: Pick<Clock, 'now'>;
}

/** The versions of the API: how they are named, and which routes have one. */
export class ApiVersions {
  readonly paths: ApiPaths;

  constructor(readonly options: ApiVersionsOptions) {
    this.paths = new ApiPaths(options.prefix);
  }

  /** The version that a route's path names; null: none. */
  pathVersionOf({ template }: Pick<Route, 'template'>): string | null {
    return this.paths.versionIn(template.source);
  }

  /** The version that a route belongs to, by its path or else by its policy; null: none. */
  versionOf(route: Pick<Route, 'template' | 'policy'>): string | null {
    return this.pathVersionOf(route) ?? (route.policy.version || null);
  }

  /** What finds a route's path in another version; null when the route's path has none. */
  pathInVersion(route: Route, version: string): ((path: string) => string) | null {
    return this.pathVersionOf(route) === null ? null : (path) => this.paths.inVersion(path, version);
  }

  /** The versions of a snapshot. @param whole all of its routes */
  index(routes: readonly RouteEntry<LiveRoute>[], whole: RouteFinder): VersionedRoutes {
    return new VersionedRoutes(routes, whole, this);
  }
}
