import { create } from '@bufbuild/protobuf';
import type { Clock, Timer } from '@gateway/clock';
import { registryV1 } from '@gateway/contracts';
import { encodedOnce } from '@gateway/platform';
import { keyOf } from '../lease/lease';
import type { Revision } from '../lease/revisions';
import { Watcher } from './watcher';

/** What a snapshot is made of, as it stands now. */
export interface SnapshotSource {
  revision(): Revision;
  instances(): readonly registryV1.Instance[];
  contracts(): readonly registryV1.ContractRef[];
}

/** How often loads are told, in milliseconds: a few at a time, since other changes wait behind them. */
export const LOADS_MS = 100;
/**
 * How many messages loads may cost each time, to all watchers together. With few watchers a load is told at once; with many
 * they take turns, so that what decides where calls go never waits for them.
 */
const LOAD_MESSAGES = 200;

/** Sent to quiet watchers, so that a stream that has died is told from one on which nothing happens. */
export const HEARTBEAT_MS = 3_000;

type ChangeEvent = Exclude<registryV1.WatchResponse['event'], { case: 'snapshot' | undefined }>;

/** Hands every change to every watcher, in the order of revisions, behind a snapshot of what was before. */
export class ChangeStream {
  readonly #watchers = new Set<Watcher>();
  #timers: readonly Timer[] = [];
  /** Instances of which nothing but the load has changed since they were told, by name. */
  readonly #loaded = new Map<string, registryV1.Instance>();
  /** Messages that loads may cost now. */
  #credit = 0;
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
    this.#timers = [
      this.clock.every(HEARTBEAT_MS, () => this.#beat()),
      this.clock.every(LOADS_MS, () => this.#tellLoads()),
    ];
  }

  /** Ends every watch; watchers then look for another registry, or this one anew. */
  close(): void {
    for (const timer of this.#timers) timer.cancel();
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
    this.#loaded.delete(keyOf(instance));
    this.#publish(instance.service, revision, { case: 'upserted', value: instance });
  }

  /** Nothing but its load has changed: it is told when it is its turn. */
  loaded(instance: registryV1.Instance): void {
    this.#whole = null;
    this.#loaded.set(keyOf(instance), instance);
  }

  removed(service: string, id: string, revision: Revision): void {
    this.#loaded.delete(keyOf({ service, id }));
    const value = create(registryV1.InstanceRefSchema, { service, id });
    this.#publish(service, revision, { case: 'removed', value });
  }

  contract(contract: registryV1.ContractRef, revision: Revision): void {
    this.#publish(contract.service, revision, { case: 'contract', value: contract });
  }

  /** Those that have waited longest first. */
  #tellLoads(): void {
    const cost = Math.max(1, this.#watchers.size);
    this.#credit = Math.min(this.#credit, cost) + LOAD_MESSAGES;
    for (const instance of this.#loaded.values()) {
      if (this.#credit < cost) return;
      this.#credit -= cost;
      this.upserted(instance, this.source.revision());
    }
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
