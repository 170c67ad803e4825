import type { ContractOverlay } from '@gateway/contracts';
import type { Route } from '../pipeline/route';
import type { Endpoint } from '../upstreams/endpoint';
import type { FoundService } from '../upstreams/sources/found-service';
import type { SnapshotProblem } from './problem';

/** What one source contributes to a snapshot. */
export interface SourceRoutes {
  /** `platform`, `file`, `protos` or `contract <service>`. */
  readonly name: string;
  readonly routes: readonly Route[];
  readonly problems: readonly SnapshotProblem[];
}

/** A route file's contribution: also the services that it names. */
export interface FileRoutes extends SourceRoutes {
  /** Those at fixed URLs. */
  readonly services: ReadonlyMap<string, readonly Endpoint[]>;
  /** Those whose instances are found while the edge runs. */
  readonly found: ReadonlyMap<string, FoundService>;
  /** What it lays over contracts of any source. */
  readonly overlays: readonly ContractOverlay[];
  /** Services that say themselves what they have. */
  readonly reflected: readonly string[];
}

/** What this edge can verify, and whether it may make answers up. */
export interface AuthAbilities {
  readonly credentials: boolean;
  readonly permissions: boolean;
  /** Whether routes may be mocked: not in production. Absent: they may. */
  readonly mocks?: boolean;
}

/** No routes. */
export const emptySource = (name: string): FileRoutes => ({
  name,
  routes: [],
  problems: [],
  services: new Map(),
  found: new Map(),
  overlays: [],
  reflected: [],
});
