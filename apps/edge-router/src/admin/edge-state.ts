import type { Clients } from '../bindings/clients';
import type { Services } from '../bindings/services';
import type { PoolScaling } from '../pool-scaling/pool-scaling';
import type { SnapshotHolder } from '../snapshot/holder';

/** What the admin pages show. */
export class EdgeState {
  constructor(
    readonly routes: SnapshotHolder,
    readonly services: Services,
    readonly clients: Clients,
    readonly scaling: PoolScaling,
  ) {}
}
