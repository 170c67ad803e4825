import type { Clock, Timer } from '@gateway/clock';
import { withinBudget } from '@gateway/redis';
import { type InstanceKey, keyOf, type Lease, parseLeaseId } from '../lease/lease';
import type { LeaseTable, RemovalCause, UpsertCause } from '../lease/lease-table';
import { compareGenerations, type Revisions } from '../lease/revisions';
import { DirtyLeases } from './dirty-leases';
import { LeaseIntake } from './lease-intake';
import type { RegistryStore, Unsubscribe, WriteOutcome } from './registry-store';
import { SharedStoreLeases } from './shared-store-leases';
import { StoreLoop, type SyncLogger } from './store-loop';

const RETRY_MS = 500;
/** What a renewal waits for the store when only that may know the lease, in milliseconds. */
const LOOK_UP_MS = 250;
/** What an announcement that was lost costs at most, in milliseconds: then everything is read anew. */
export const RELOAD_MS = 30_000;
/** Renewals alone wait that long for one another, in milliseconds: a busy registry writes a few times a second. */
const RENEWALS_MS = 200;
/** Numbers that were given and not written before a crash are at most this many: none is given twice. */
const RESTART_GAP = 10_000n;

/**
 * Keeps the store and the lease table equal. The table is ahead: a lease counts as soon as it is here, also while the store
 * is away; what changed meanwhile is written when it is back, and everything when it came back empty. What other daemons
 * write is taken in, in its order.
 */
export class LeaseSync {
  /** What expiry asks. */
  readonly shared: SharedStoreLeases;
  readonly #dirty = new DirtyLeases();
  readonly #loop: StoreLoop;
  #ends: Unsubscribe[] = [];
  #renewals: Timer | null = null;
  #wasAvailable = false;
  #adopted: string | null = null;
  #stale = false;
  readonly #intake: LeaseIntake;

  constructor(
    private readonly store: RegistryStore,
    private readonly table: LeaseTable,
    private readonly revisions: Revisions,
    private readonly clock: Clock,
    private readonly logger: SyncLogger,
  ) {
    this.#intake = new LeaseIntake(table, (key) => this.#putAgain(key));
    const known = {
      isAdopted: () => store.epoch() === this.#adopted,
      isDirty: (key: InstanceKey) => this.#dirty.has(key),
    };
    this.shared = new SharedStoreLeases({ store, table, intake: this.#intake, known }, clock, logger);
    this.#loop = new StoreLoop({
      clock,
      retryMs: RETRY_MS,
      run: () => this.#run(),
      failed: (err) =>
        logger.warn({ err, waiting: this.#dirty.size }, 'the store refuses leases; they are kept and tried again'),
    });
  }

  /** Takes over what the store holds, when it can be asked; else as soon as it can. */
  async start(): Promise<void> {
    const flush = (): void => {
      this.#noteReturn();
      void this.#loop.flush();
    };
    const reload = (): void => {
      this.#stale = true;
      flush();
    };
    const timer = this.clock.every(RELOAD_MS, reload);
    this.#ends = [
      this.store.onChange(flush),
      this.store.follow({ changed: (change) => this.#intake.heard(change), lost: reload }),
      () => timer.cancel(),
    ];
    this.#noteReturn();
    await this.#loop.flush();
  }

  /** Writes what is left, when the store can be asked. */
  async stop(): Promise<void> {
    for (const end of this.#ends) end();
    this.#renewals?.cancel();
    await this.#loop.stop();
  }

  /** The lease is new, or was changed. */
  upserted(lease: Lease, cause: UpsertCause): void {
    if (cause === 'learnt' || cause === 'learnt load') return;
    this.#dirty.put(lease, cause === 'renewed');
    void this.#loop.flush();
  }

  /** The lease was renewed without a change. */
  renewed(lease: Lease): void {
    this.#dirty.renew(lease);
    this.#renewals ??= this.clock.after(RENEWALS_MS, () => {
      this.#renewals = null;
      void this.#loop.flush();
    });
  }

  /** The lease is gone. */
  removed(lease: Lease, cause: RemovalCause): void {
    if (cause === 'learnt') return;
    this.#intake.ended(lease);
    this.#dirty.remove(lease, cause);
    void this.#loop.flush();
  }

  /** Resolves when what changed so far is written, or can't be now, or after `withinMs`. */
  settled(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.clock.after(withinMs, resolve);
      void this.#loop.flush().then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  /**
   * Looks in the store for a lease that another daemon has granted and this one hasn't heard of. Null: there is nothing to
   * wait for. Never rejects; what it finds is in the table then.
   */
  lookUp(leaseId: string): Promise<void> | null {
    if (this.table.find(leaseId) !== 'unknown' || !this.store.available()) return null;
    const life = parseLeaseId(leaseId);
    if (!life || this.#intake.isEnded(life)) return null;
    return withinBudget(this.clock, LOOK_UP_MS, () => this.store.find(life)).then(
      (lease) => this.#intake.learn(lease ? [lease] : []),
      (err: unknown) => this.logger.warn({ err, leaseId }, 'a lease cannot be looked for in the store'),
    );
  }

  #noteReturn(): void {
    const isAvailable = this.store.available();
    if (isAvailable && !this.#wasAvailable) this.shared.returned();
    this.#wasAvailable = isAvailable;
  }

  /** The store lost a lease whose renewal was on its way. */
  #putAgain(key: InstanceKey): void {
    const lease = this.table.get(key);
    if (!lease) return;
    this.#dirty.put(lease, true);
    void this.#loop.flush();
  }

  async #run(): Promise<void> {
    while (this.store.available()) {
      if (this.store.epoch() !== this.#adopted) await this.#adopt();
      else if (this.#stale) await this.#reload();
      else if (this.#dirty.size > 0) await this.#writeNext();
      else return;
    }
  }

  /** A store in another life than the one known, or the first one: take what it has, give it what it lacks. */
  async #adopt(): Promise<void> {
    const epoch = this.store.epoch()!;
    const before = this.table.size;
    const stored = await this.#load(epoch, RESTART_GAP);
    this.#adopted = epoch;
    this.shared.returned();
    for (const lease of this.table.all()) if (!isCurrent(stored.get(keyOf(lease)), lease)) this.#dirty.put(lease, true);
    this.logger.info(
      { epoch, restored: this.table.size - before, written: this.#dirty.size },
      'the store is in a new epoch',
    );
  }

  /** Something may have been missed: what the store lacks, and we didn't change, others have ended. */
  async #reload(): Promise<void> {
    this.#stale = false;
    try {
      const stored = await this.#load(this.#adopted!, 0n);
      for (const lease of this.table.all())
        if (!stored.has(keyOf(lease)) && !this.#dirty.has(lease)) this.table.forget(lease);
    } catch (error) {
      this.#stale = true;
      throw error;
    }
  }

  async #load(epoch: string, gap: bigint): Promise<ReadonlyMap<string, Lease>> {
    this.#intake.pause();
    try {
      const { n, leases } = await this.store.load();
      this.revisions.adopt({ epoch, n: n + gap });
      this.#intake.learn(leases);
      return new Map(leases.map((lease) => [keyOf(lease), lease]));
    } finally {
      this.#intake.resume();
    }
  }

  /** Writes what waits of one service. What fails waits again, unless it changed meanwhile. */
  async #writeNext(): Promise<void> {
    const batch = this.#dirty.take();
    const { service, put, renewed, removed, expired } = batch;
    try {
      if (expired.length > 0) await this.#expireLate(service, expired);
      this.#mend(await this.store.write({ service, put, renewed, removed, n: this.revisions.latest.n }));
    } catch (error) {
      this.#dirty.giveBack(batch);
      throw error;
    }
  }

  /** They ran out here while the store was away; those that were renewed elsewhere come back with the next reading. */
  async #expireLate(service: string, leases: readonly Lease[]): Promise<void> {
    await this.store.expire(service, leases);
    this.#intake.undecided(leases);
    this.#stale = true;
  }

  #mend({ newer, gone, missing }: WriteOutcome): void {
    this.#intake.learn(newer);
    for (const life of gone) this.table.forget(life);
    for (const lease of missing) this.#putAgain(lease);
  }
}

/** Whether the store has this lease as we know it. */
const isCurrent = (stored: Lease | undefined, lease: Lease): boolean =>
  stored !== undefined &&
  compareGenerations(stored.generation, lease.generation) === 0 &&
  stored.revision >= lease.revision;
