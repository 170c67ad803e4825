import type { Clock } from '@gateway/clock';
import { type Entity, entityOf } from '../pages/entity';
import type { Route } from '../pipeline/route';
import type { ApiVersions } from './api-versions';
import type { DeprecatedCalls } from './deprecated-calls';
import { describeVersions, type VersionDescription } from './describe-versions';

/** What the view is made of. */
export interface VersionsViewPorts {
  readonly clock: Pick<Clock, 'now'>;
  /** The snapshot in force; another object when it is another one. */
  readonly snapshot: () => { readonly routes: readonly Route[] };
  readonly api: ApiVersions;
  readonly calls: Pick<DeprecatedCalls, 'records'>;
}

/** A caller of a deprecated route. */
export interface CallerDescription {
  readonly route: string;
  /** The principal's subject, `anonymous`, or `other` for those that were too many. */
  readonly caller: string;
  readonly calls: number;
  /** RFC 3339. */
  readonly lastSeen: string;
}

/** What `/versions` says: in public which versions there are, to the operator also who calls what ends. */
export class VersionsView {
  private known: { snapshot: object; second: number; entity: Entity } | null = null;

  constructor(private readonly ports: VersionsViewPorts) {}

  versions(): VersionDescription[] {
    const { snapshot, api, clock } = this.ports;
    return describeVersions(snapshot().routes, api, clock.now());
  }

  /** Of this process, since its start. */
  callers(): CallerDescription[] {
    return this.ports.calls.records().map(({ route, caller, calls, lastSeen }) => ({
      route,
      caller,
      calls,
      lastSeen: new Date(lastSeen).toISOString(),
    }));
  }

  /** The public page. Made at most once a second, however many ask. */
  page(): Entity {
    const snapshot = this.ports.snapshot();
    const second = Math.floor(this.ports.clock.now() / 1_000);
    if (this.known?.snapshot === snapshot && this.known.second === second) return this.known.entity;
    const entity = entityOf(JSON.stringify({ versions: this.versions() }), 'application/json');
    this.known = { snapshot, second, entity };
    return entity;
  }
}
