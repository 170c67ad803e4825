import { create } from '@bufbuild/protobuf';
import type { Clock, Timer } from '@gateway/clock';
import { registryV1 } from '@gateway/contracts';
import { encodedOnce } from '@gateway/platform';
import type { Revision } from '../lease/revisions';
import { Watcher } from './watcher';

/** What a snapshot is made of, as it stands now. */
export interface SnapshotSource {
  revision(): Revision;
  instances(): readonly registryV1.Instance[];
  contracts(): readonly registryV1.ContractRef[];
}

/** Sent to quiet watchers, so that a stream that has died is told from one on which nothing happens. */
export const HEARTBEAT_MS = 3_000;

type ChangeEvent = Exclude<registryV1.WatchResponse['event'], { case: 'snapshot' | undefined }>;

/** Hands every change to every watcher, in the order of revisions, behind a snapshot of what was before. */
export class ChangeStream {
  readonly #watchers = new Set<Watcher>();
  #timer: Timer | null = null;
  /** The snapshot of everything, until something changes: many watchers come back together. */
  #whole: registryV1.WatchResponse | null = null;

  /** @param cut told of each watcher that was too slow */
  constructor(
    private readonly source: SnapshotSource,
    private readonly clock: Clock,
    private readonly cut: () => void,
  ) {}

  /** How many watch. */
  get watchers(): number {
    return this.#watchers.size;
  }

  start(): void {
    this.#timer = this.clock.every(HEARTBEAT_MS, () => this.#beat());
  }

  /** Ends every watch; watchers then look for another registry, or this one anew. */
  close(): void {
    this.#timer?.cancel();
    for (const watcher of this.#watchers) watcher.finish(null);
  }

  /** @param services empty: all */
  watch(services: readonly string[]): Watcher {
    const watcher = new Watcher(new Set(services), (gone) => this.#watchers.delete(gone));
    // Snapshot and membership in one turn: no change can fall between them.
    this.#watchers.add(watcher);
    watcher.offer(services.length > 0 ? this.#snapshot(watcher) : this.#wholeSnapshot(watcher));
    return watcher;
  }

  upserted(instance: registryV1.Instance, revision: Revision): void {
    this.#publish(instance.service, revision, { case: 'upserted', value: instance });
  }

  removed(service: string, id: string, revision: Revision): void {
    const value = create(registryV1.InstanceRefSchema, { service, id });
    this.#publish(service, revision, { case: 'removed', value });
  }

  contract(contract: registryV1.ContractRef, revision: Revision): void {
    this.#publish(contract.service, revision, { case: 'contract', value: contract });
  }

  #publish(service: string, revision: Revision, event: ChangeEvent): void {
    this.#whole = null;
    const message = encodedOnce(create(registryV1.WatchResponseSchema, { revision, event }));
    for (const watcher of this.#watchers) if (watcher.watches(service) && !watcher.offer(message)) this.cut();
  }

  #wholeSnapshot(watcher: Watcher): registryV1.WatchResponse {
    // Another epoch changes nothing and means much to a watcher that comes back.
    if (this.#whole?.revision?.epoch !== this.source.revision().epoch)
      this.#whole = encodedOnce(this.#snapshot(watcher));
    return this.#whole!;
  }

  #snapshot(watcher: Watcher): registryV1.WatchResponse {
    const instances = this.source.instances().filter(({ service }) => watcher.watches(service));
    const contracts = this.source.contracts().filter(({ service }) => watcher.watches(service));
    const value = create(registryV1.SnapshotSchema, { instances: [...instances], contracts: [...contracts] });
    const event = { case: 'snapshot' as const, value };
    return create(registryV1.WatchResponseSchema, { revision: this.source.revision(), event });
  }

  #beat(): void {
    const message = encodedOnce(create(registryV1.WatchResponseSchema, { revision: this.source.revision() }));
    for (const watcher of this.#watchers) if (watcher.idle) watcher.offer(message);
  }
}
