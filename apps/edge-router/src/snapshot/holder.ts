import { RouteTable } from '@gateway/route-table';
import type { LiveRoute } from '../pipeline/live-route';
import type { Route } from '../pipeline/route';
import type { RouteHandler } from '../pipeline/stage';
import type { RouteSnapshot } from './compile';

/** A snapshot that serves. */
export interface LiveSnapshot extends RouteSnapshot {
  readonly table: RouteTable<LiveRoute>;
  /** Counts the swaps since the start. */
  readonly revision: number;
  /** When it came into force, in milliseconds since the epoch. */
  readonly since: number;
}

/** Holds the snapshot in force. A request reads it once; half a snapshot is never visible. */
export class SnapshotHolder {
  private live: LiveSnapshot;
  private readonly handlers = new WeakMap<Route, LiveRoute>();

  /** @param assemble makes the pipeline of a route */
  constructor(
    private readonly assemble: (route: Route) => RouteHandler,
    private readonly now: () => number,
  ) {
    this.live = { routes: [], problems: [], table: RouteTable.build<LiveRoute>([]), revision: 0, since: now() };
  }

  get current(): LiveSnapshot {
    return this.live;
  }

  /** Puts a snapshot in force. Routes that it shares with the last one keep their pipelines. */
  swap(snapshot: RouteSnapshot): void {
    const table = RouteTable.build(snapshot.routes.map((route) => ({ ...route, value: this.liveRoute(route) })));
    this.live = { ...snapshot, table, revision: this.live.revision + 1, since: this.now() };
  }

  private liveRoute(route: Route): LiveRoute {
    let live = this.handlers.get(route);
    if (live === undefined) this.handlers.set(route, (live = { route, handler: this.assemble(route) }));
    return live;
  }
}
