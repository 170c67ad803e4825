import { randomUUID } from 'node:crypto';
import type { Clock } from '@gateway/clock';
import type { EventBus } from '@gateway/events';
import type { Logger } from '@gateway/telemetry';
import { ContractBook } from './contracts/contract-book';
import { type ContractEntry, contractRef } from './contracts/contract-entry';
import type { ContractJournal } from './contracts/journal';
import { Owners, type OwnersConfig } from './contracts/owners';
import { ContractPublisher } from './contracts/publisher';
import type { Lease } from './lease/lease';
import { LeaseTable } from './lease/lease-table';
import { type Revision, Revisions } from './lease/revisions';
import { Sweeper } from './lease/sweeper';
import { Registry } from './registry';
import { ContractCopies } from './store/contract-copies';
import { LeaseSync } from './store/lease-sync';
import type { RegistryStore, StoredContract } from './store/registry-store';
import { ChangeStream } from './watch/change-stream';

/** What the registry stands on; the app binds it. */
export interface PlaneParts {
  readonly store: RegistryStore;
  readonly journal: ContractJournal;
  readonly owners: OwnersConfig;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What the outside counts and shows. */
export interface PlaneObserver {
  leasesExpired(count: number): void;
  watcherCut(): void;
  contractRefused(rule: string): void;
  /** The journal can't be written, and why; null when it can again. */
  journal(problem: string | null): void;
}

/** The registry's parts, wired: leases and contracts on one side, the change stream and the store on the other. */
export class RegistryPlane {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly revisions = new Revisions(`local-${randomUUID()}`);
  readonly book: ContractBook;
  readonly table: LeaseTable;
  readonly changes: ChangeStream;
  readonly registry: Registry;
  readonly sync: LeaseSync;
  readonly #publisher: ContractPublisher;
  readonly #copies: ContractCopies;
  readonly #sweeper: Sweeper;
  readonly #logger: Logger;

  constructor(
    { store, journal, owners: config, bus, clock, logger }: PlaneParts,
    private readonly observer: PlaneObserver,
  ) {
    this.bus = bus;
    this.clock = clock;
    this.#logger = logger;
    const owners = new Owners(config);
    this.book = new ContractBook(journal);
    this.table = new LeaseTable(clock, this.revisions, {
      upserted: (lease, revision) => this.#upserted(lease, revision),
      renewed: (lease) => this.sync.changed(lease),
      removed: (lease, revision) => this.#removed(lease, revision),
    });
    this.changes = new ChangeStream(
      {
        revision: () => this.revisions.latest,
        instances: () => this.table.all().map(({ instance }) => instance),
        contracts: () => this.book.inForce().map(({ entry }) => contractRef(entry)),
      },
      clock,
      () => observer.watcherCut(),
    );
    const held = {
      holderOf: (service: string) => this.#holderOf(service),
      contractsInForce: () => this.book.inForce(),
    };
    this.#publisher = new ContractPublisher(this.book, owners, held, clock, {
      published: (entry) => this.#published(entry),
      refused: (service, rule, detail) => this.#refused(service, rule, detail),
      journal: (problem) => observer.journal(problem),
    });
    this.registry = new Registry(this.table, this.book, this.#publisher, owners);
    this.sync = new LeaseSync(store, this.table, this.revisions, clock, logger);
    this.#copies = new ContractCopies(store, this.book, (contract) => this.#readmit(contract), clock, logger);
    this.#sweeper = new Sweeper(this.table, clock, (leases) => this.#expired(leases));
  }

  /** Takes over what the store holds, then lives. */
  async start(): Promise<void> {
    await this.sync.start();
    await this.#copies.start();
    this.changes.start();
    this.#sweeper.start();
  }

  /** Ends every watch and writes what is left. */
  async stop(): Promise<void> {
    this.#sweeper.stop();
    this.changes.close();
    await this.#copies.stop();
    await this.sync.stop();
  }

  #upserted(lease: Lease, revision: Revision): void {
    this.sync.changed(lease);
    this.changes.upserted(lease.instance, revision);
  }

  #removed(lease: Lease, revision: Revision): void {
    this.sync.removed(lease);
    this.changes.removed(lease.service, lease.id, revision);
  }

  #published(entry: ContractEntry): void {
    const { service, digest, owner } = entry;
    this.#logger.info({ contractOf: service, digest, owner }, 'a contract is in force');
    this.#copies.changed(service);
    this.changes.contract(contractRef(entry), this.revisions.next());
  }

  #refused(service: string, rule: string, detail: string): void {
    this.#logger.warn({ claimOf: service, rule, detail }, 'a claim is refused');
    this.observer.contractRefused(rule);
  }

  #expired(leases: readonly Lease[]): void {
    const instances = leases.map(({ service, id }) => `${service}/${id}`);
    this.#logger.warn({ instances }, 'leases ran out');
    this.observer.leasesExpired(leases.length);
  }

  #holderOf(service: string): string | null {
    return this.book.current(service)?.entry.owner ?? this.table.of(service)[0]?.instance.owner ?? null;
  }

  #readmit({ owner, service, descriptorSet }: StoredContract): void {
    try {
      this.#publisher.publish(owner, service, descriptorSet);
    } catch (error) {
      this.#logger.warn({ err: error, contractOf: service }, 'a contract that only the store has is not taken back');
    }
  }
}
