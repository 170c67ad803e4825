import { randomUUID } from 'node:crypto';
import type { Clock } from '@gateway/clock';
import { registryV1 } from '@gateway/contracts';
import type { EventBus } from '@gateway/events';
import type { Logger } from '@gateway/telemetry';
import { ContractBook } from './contracts/contract-book';
import { ContractCalls } from './contracts/contract-calls';
import { type ContractEntry, contractRef } from './contracts/contract-entry';
import type { ContractJournal } from './contracts/journal';
import { Owners, type OwnersConfig } from './contracts/owners';
import { ContractPublisher, type PublicationWay } from './contracts/publisher';
import { readmit } from './contracts/readmission';
import type { Members } from './cluster/members';
import { numberingBy, type SharedTime } from './cluster/shared-time';
import { responsibleFor } from './health/rendezvous';
import { Expiry } from './lease/expiry';
import { keyOf, type Lease } from './lease/lease';
import { LeaseTable, type RemovalCause, type UpsertCause } from './lease/lease-table';
import type { LeaseVerdicts } from './lease/lease-verdicts';
import { type Revision, Revisions } from './lease/revisions';
import { type Freeze, SelfPreservation } from './lease/self-preservation';
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
  /** The daemons on the same store. */
  readonly members: Members;
  /** Their common time. */
  readonly time: SharedTime;
  /** What gateways say of instances whose leases ran out. */
  readonly verdicts: LeaseVerdicts;
  /** From 0 (included) to 1 (excluded). */
  readonly random: () => number;
}

/** What the outside counts and shows. */
export interface PlaneObserver {
  leasesExpired(count: number): void;
  /** A lease ran out and is kept: its instance was seen answering. */
  leaseKept(): void;
  /** Leases that run out are kept, since too many do; null: no more. */
  selfPreservation(freeze: Freeze | null): void;
  watcherCut(): void;
  contractPublished(way: PublicationWay): void;
  /** @param rules what it breaks, each once */
  contractRefused(service: string, rules: readonly string[], detail: string): void;
  /** What a service offers is fine. */
  contractAccepted(service: string): void;
  /** The journal can't be written, and why; null when it can again. */
  journal(problem: string | null): void;
}

/** The registry's parts, wired: leases and contracts on one side, the change stream and the store on the other. */
export class RegistryPlane {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly revisions: Revisions;
  readonly book: ContractBook;
  readonly table: LeaseTable;
  readonly changes: ChangeStream;
  readonly registry: Registry;
  readonly contracts: ContractCalls;
  readonly sync: LeaseSync;
  readonly #copies: ContractCopies;
  readonly #sweeper: Sweeper;
  readonly #owners: Owners;
  readonly #logger: Logger;

  constructor(
    { store, journal, owners: config, bus, clock, logger, members, time, verdicts, random }: PlaneParts,
    private readonly observer: PlaneObserver,
  ) {
    this.revisions = new Revisions(`local-${randomUUID()}`, numberingBy(time, random));
    this.bus = bus;
    this.clock = clock;
    this.#logger = logger;
    const owners = new Owners(config);
    this.#owners = owners;
    this.book = new ContractBook(journal);
    this.table = new LeaseTable(clock, this.revisions, {
      upserted: (lease, revision, cause) => this.#upserted(lease, revision, cause),
      renewed: (lease) => this.sync.renewed(lease),
      removed: (lease, revision, cause) => this.#removed(lease, revision, cause),
    });
    this.changes = new ChangeStream(
      {
        revision: () => this.revisions.latest,
        instances: () => this.table.all().map(({ instance }) => instance),
        contracts: () => this.book.inForce().map(({ entry }) => this.refOf(entry)),
      },
      clock,
      () => observer.watcherCut(),
    );
    const held = {
      holderOf: (service: string) => this.#holderOf(service),
      contractsInForce: () => this.book.inForce(),
    };
    // Publications are ordered by when they were made, at whatever daemon: each comes after all that are known.
    const published = { now: () => Math.max(Math.floor(time.now()), this.book.latestAt + 1) };
    const publisher = new ContractPublisher(this.book, owners, held, published, {
      published: (entry, way) => this.#published(entry, way),
      refused: (service, rules, detail) => this.#refused(service, rules, detail),
      accepted: (service) => observer.contractAccepted(service),
      journal: (problem) => observer.journal(problem),
    });
    this.registry = new Registry(this.table, this.book, publisher, owners);
    this.contracts = new ContractCalls(this.book, publisher, owners);
    this.sync = new LeaseSync(store, this.table, this.revisions, clock, logger);
    const readmission = {
      readmit: (contract: StoredContract) => this.#readmit(contract),
      served: ({ service, digest }: ContractEntry) => this.#served(service, digest),
    };
    this.#copies = new ContractCopies(store, this.book, readmission, clock, logger);
    const preservation = new SelfPreservation(clock, (freeze) => this.#preserved(freeze));
    const jurisdiction = {
      isMine: (lease: Lease) => responsibleFor(keyOf(lease), members.live()) === members.self,
      alone: () => members.live().length === 1,
    };
    const expiry = new Expiry(
      { table: this.table, shared: this.sync.shared, jurisdiction, verdicts, preservation },
      clock,
      {
        expired: (leases) => this.#expired(leases),
        kept: () => observer.leaseKept(),
      },
    );
    this.#sweeper = new Sweeper(this.table, clock, () => void expiry.sweep());
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

  /** A contract in force as the API carries it. */
  refOf(entry: ContractEntry): registryV1.ContractRef {
    return contractRef(entry, this.book.unserved(entry.service));
  }

  #upserted(lease: Lease, revision: Revision, cause: UpsertCause): void {
    this.sync.upserted(lease, cause);
    if (isReady(lease.instance)) this.#served(lease.service, lease.instance.contractDigest);
    if (cause === 'load' || cause === 'learnt load') this.changes.loaded(lease.instance);
    else this.changes.upserted(lease.instance, revision);
  }

  #removed(lease: Lease, revision: Revision, cause: RemovalCause): void {
    this.sync.removed(lease, cause);
    this.changes.removed(lease.service, lease.id, revision);
  }

  /** An instance serves a contract: what its service mocked until then is mocked no longer. */
  #served(service: string, digest: string): void {
    const before = this.book.unserved(service).length;
    try {
      if (!this.book.serve(service, digest, this.clock.now())) return;
    } catch (error) {
      this.observer.journal((error as Error).message);
    }
    this.#copies.changed(service);
    const current = this.book.current(service)?.entry;
    if (current && this.book.unserved(service).length !== before)
      this.changes.contract(this.refOf(current), this.revisions.next());
  }

  #published(entry: ContractEntry, way: PublicationWay): void {
    const { service, digest, owner, publishedBy, allowedBreaking } = entry;
    this.#logger.info(
      { contractOf: service, digest, owner, way, publishedBy, allowedBreaking },
      'a contract is in force',
    );
    this.observer.contractPublished(way);
    this.#copies.changed(service);
    this.changes.contract(this.refOf(entry), this.revisions.next());
    // An instance without a contract of its own is taken to serve whichever is in force.
    if (this.table.of(service).some(({ instance }) => isReady(instance) && instance.contractDigest === ''))
      this.#served(service, '');
  }

  #refused(service: string, rules: readonly string[], detail: string): void {
    this.#logger.warn({ claimOf: service, rules, detail }, 'a claim is refused');
    this.observer.contractRefused(service, rules, detail);
  }

  #expired(leases: readonly Lease[]): void {
    const instances = leases.map(({ service, id }) => `${service}/${id}`);
    this.#logger.warn({ instances }, 'leases ran out');
    this.observer.leasesExpired(leases.length);
  }

  #preserved(freeze: Freeze | null): void {
    if (freeze) this.#logger.error({ why: freeze.why }, 'self-preservation: leases that run out are kept');
    else this.#logger.info({}, 'self-preservation is over');
    this.observer.selfPreservation(freeze);
  }

  #holderOf(service: string): string | null {
    return this.book.current(service)?.entry.owner ?? this.table.of(service)[0]?.instance.owner ?? null;
  }

  /** @throws Error when it is refused, or the journal can't be written */
  #readmit({ descriptorSet, ...entry }: StoredContract): void {
    const inForce = this.book.publish(entry, descriptorSet, readmit(entry, descriptorSet, this.#owners));
    if (!inForce) return;
    this.#logger.info({ contractOf: entry.service, digest: entry.digest }, 'a contract of another daemon is in force');
    this.changes.contract(this.refOf(entry), this.revisions.next());
  }
}

const isReady = ({ state }: registryV1.Instance): boolean => state === registryV1.InstanceState.READY;
