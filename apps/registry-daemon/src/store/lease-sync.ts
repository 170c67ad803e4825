import type { Clock, Timer } from '@gateway/clock';
import { withinBudget } from '@gateway/redis';
import type { SharedLeases } from '../lease/expiry';
import { type InstanceKey, keyOf, type Lease, type Life, parseLeaseId } from '../lease/lease';
import type { LeaseTable, RemovalCause, UpsertCause } from '../lease/lease-table';
import { compareGenerations, type Revision, type Revisions } from '../lease/revisions';
import { DirtyLeases } from './dirty-leases';
import type { RegistryStore, StoreChange, Unsubscribe, WriteOutcome } from './registry-store';
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
export class LeaseSync implements SharedLeases {
  readonly #dirty = new DirtyLeases();
  readonly #loop: StoreLoop;
  #ends: Unsubscribe[] = [];
  #renewals: Timer | null = null;
  #adopted: string | null = null;
  #stale = false;
  /** What others told while everything was being read: it comes after that. */
  #told: StoreChange[] | null = null;
  /** Lives that were ended here, until that is heard back: what others said of them before doesn't count. */
  readonly #ended = new Map<string, Revision>();

  constructor(
    private readonly store: RegistryStore,
    private readonly table: LeaseTable,
    private readonly revisions: Revisions,
    private readonly clock: Clock,
    private readonly logger: SyncLogger,
  ) {
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
    const flush = (): void => void this.#loop.flush();
    const reload = (): void => {
      this.#stale = true;
      flush();
    };
    const timer = this.clock.every(RELOAD_MS, reload);
    this.#ends = [
      this.store.onChange(flush),
      this.store.follow({ changed: (change) => this.#heard(change), lost: reload }),
      () => timer.cancel(),
    ];
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
    this.#ended.set(keyOf(lease), lease.generation);
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
    if (!life || this.#isEnded(life)) return null;
    return withinBudget(this.clock, LOOK_UP_MS, () => this.store.find(life)).then(
      (lease) => this.#learn(lease ? [lease] : []),
      (err: unknown) => this.logger.warn({ err, leaseId }, 'a lease cannot be looked for in the store'),
    );
  }

  async remaining(leases: readonly Lease[]): Promise<ReadonlyMap<Lease, number> | null> {
    if (!this.#inForce()) return null;
    try {
      const found = new Map<Lease, number>();
      for (const [service, group] of byService(leases)) {
        const left = await this.store.remaining(service, group);
        for (const [index, lease] of group.entries()) {
          const ms = left[index] ?? null;
          if (ms !== null) found.set(lease, ms);
          else await this.#lacking(lease);
        }
      }
      return found;
    } catch {
      return null;
    }
  }

  async expire(leases: readonly Lease[]): Promise<readonly Lease[]> {
    const ended: Lease[] = [];
    try {
      for (const [service, group] of byService(leases)) {
        const expired = await this.store.expire(service, group);
        this.#heard({ upserted: [], removed: [], expired, contracts: [] });
        const keys = new Set(expired.map(keyOf));
        ended.push(...group.filter((lease) => keys.has(keyOf(lease)) && !this.table.isRenewed(lease)));
      }
    } catch (err) {
      this.logger.warn({ err }, 'the store refuses to end leases; they are tried again');
    }
    return ended;
  }

  /** The store has no such life of an instance, or another one: what it has counts, unless ours waits to be written. */
  async #lacking(lease: Lease): Promise<void> {
    if (this.#dirty.has(lease)) return;
    const instead = await this.store.find(lease);
    if (this.#dirty.has(lease) || this.table.get(lease) !== lease) return;
    if (instead && compareGenerations(instead.generation, lease.generation) >= 0) this.table.learn(instead);
    else this.table.forget(lease);
  }

  #inForce(): boolean {
    return this.store.available() && this.store.epoch() === this.#adopted;
  }

  #heard(change: StoreChange): void {
    if (this.#told) this.#told.push(change);
    else this.#take(change);
  }

  #take({ upserted, removed, expired }: StoreChange): void {
    this.#learn(upserted);
    for (const life of removed) {
      if (this.#isEnded(life)) this.#ended.delete(keyOf(life));
      this.table.forget(life);
    }
    for (const life of expired)
      if (this.table.isRenewed(life)) this.#putAgain(life);
      else this.table.forget(life);
  }

  /** The store lost a lease whose renewal was on its way. */
  #putAgain(key: InstanceKey): void {
    const lease = this.table.get(key);
    if (!lease) return;
    this.#dirty.put(lease, true);
    void this.#loop.flush();
  }

  #learn(leases: readonly Lease[]): void {
    for (const lease of leases) if (!this.#isEnded(lease)) this.table.learn(lease);
  }

  #isEnded(life: Life): boolean {
    const ended = this.#ended.get(keyOf(life));
    return ended !== undefined && compareGenerations(life.generation, ended) <= 0;
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
    this.#told = [];
    try {
      const { n, leases } = await this.store.load();
      this.revisions.adopt({ epoch, n: n + gap });
      this.#learn(leases);
      return new Map(leases.map((lease) => [keyOf(lease), lease]));
    } finally {
      const told = this.#told;
      this.#told = null;
      for (const change of told) this.#take(change);
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
    for (const lease of leases) this.#ended.delete(keyOf(lease));
    this.#stale = true;
  }

  #mend({ newer, gone, missing }: WriteOutcome): void {
    this.#learn(newer);
    for (const life of gone) this.table.forget(life);
    for (const lease of missing) this.#putAgain(lease);
  }
}

/** Whether the store has this lease as we know it. */
const isCurrent = (stored: Lease | undefined, lease: Lease): boolean =>
  stored !== undefined &&
  compareGenerations(stored.generation, lease.generation) === 0 &&
  stored.revision >= lease.revision;

const byService = (leases: readonly Lease[]): Map<string, Lease[]> => Map.groupBy(leases, ({ service }) => service);
