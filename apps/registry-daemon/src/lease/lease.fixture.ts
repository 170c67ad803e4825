import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { registryV1 } from '@gateway/contracts';
import type { Lease } from './lease';
import type { LeaseListener, RemovalCause, UpsertCause } from './lease-table';
import type { Revision } from './revisions';

/** An instance `demo-service/a` that is ready, with changes. */
export const instanceFixture = (change: MessageInitShape<typeof registryV1.InstanceSchema> = {}): registryV1.Instance =>
  create(registryV1.InstanceSchema, {
    id: 'a',
    service: 'demo-service',
    address: 'localhost:1234',
    protocol: registryV1.Protocol.GRPC,
    state: registryV1.InstanceState.READY,
    owner: 'spiffe://gateway.local/demo-service',
    ...change,
  });

/** A lease of that instance. */
export function leaseFixture(
  generation: Revision,
  change: MessageInitShape<typeof registryV1.InstanceSchema> = {},
): Lease {
  const instance = instanceFixture({ ...change, generation: create(registryV1.RevisionSchema, generation) });
  const { service, id } = instance;
  return { service, id, generation, leaseMs: 10_000, instance, revision: generation.n };
}

/** Remembers what it is told, one line each. */
export class RecordingListener implements LeaseListener {
  readonly told: string[] = [];
  /** Why, one word each. */
  readonly causes: (UpsertCause | RemovalCause)[] = [];

  upserted({ id }: Lease, { n }: Revision, cause: UpsertCause): void {
    this.told.push(`${cause.startsWith('learnt') ? 'learnt' : 'upserted'} ${id} at ${n}`);
    this.causes.push(cause);
  }

  renewed({ id }: Lease): void {
    this.told.push(`renewed ${id}`);
  }

  removed({ id }: Lease, { n }: Revision, cause: RemovalCause): void {
    this.told.push(`${cause === 'learnt' ? 'forgotten' : 'removed'} ${id} at ${n}`);
    this.causes.push(cause);
  }
}
