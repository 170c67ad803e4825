import type { Clients } from '../bindings/clients';
import type { Services } from '../bindings/services';
import type { PoolScaling } from '../pool-scaling/pool-scaling';
import type { SnapshotHolder } from '../snapshot/holder';
import type { SourceLedger } from '../snapshot/source-ledger';

/** What the admin pages show. */
export class EdgeState {
  constructor(
    readonly routes: SnapshotHolder,
    readonly sources: SourceLedger,
    readonly services: Services,
    readonly clients: Clients,
    readonly scaling: PoolScaling,
  ) {}
}
