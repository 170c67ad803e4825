import { type RouteEntry, RouteTable } from '@gateway/route-table';
import { liveEntry, type LiveRoute } from '../pipeline/live-route';
import type { Route } from '../pipeline/route';
import type { RouteHandler } from '../pipeline/stage';
import type { ApiVersions } from '../versions/api-versions';
import type { VersionedRoutes } from '../versions/versioned-routes';
import type { RouteSnapshot } from './compile';

/** A snapshot that serves. */
export interface LiveSnapshot extends RouteSnapshot {
  readonly table: RouteTable<LiveRoute>;
  readonly versions: VersionedRoutes;
  /** Counts the swaps since the start. */
  readonly revision: number;
  /** When it came into force, in milliseconds since the epoch. */
  readonly since: number;
}

/** Holds the snapshot in force. A request reads it once; half a snapshot is never visible. */
export class SnapshotHolder {
  private live: LiveSnapshot;
  private readonly entries = new WeakMap<Route, RouteEntry<LiveRoute>>();

  /**
   * @param assemble makes the pipeline of a route
   * @param api how versions are named
   */
  constructor(
    private readonly assemble: (route: Route) => RouteHandler,
    private readonly now: () => number,
    private readonly api: ApiVersions,
  ) {
    this.live = { routes: [], problems: [], ...this.index([]), revision: 0, since: now() };
  }

  get current(): LiveSnapshot {
    return this.live;
  }

  /** Puts a snapshot in force. Routes that it shares with the last one keep their pipelines. */
  swap(snapshot: RouteSnapshot): void {
    const index = this.index(snapshot.routes.map((route) => this.entryOf(route)));
    this.live = { ...snapshot, ...index, revision: this.live.revision + 1, since: this.now() };
  }

  private index(entries: readonly RouteEntry<LiveRoute>[]): Pick<LiveSnapshot, 'table' | 'versions'> {
    const table = RouteTable.build(entries);
    return { table, versions: this.api.index(entries, table) };
  }

  private entryOf(route: Route): RouteEntry<LiveRoute> {
    let entry = this.entries.get(route);
    if (entry === undefined) this.entries.set(route, (entry = liveEntry({ route, handler: this.assemble(route) })));
    return entry;
  }
}
