import type { Clock, Timer } from '@gateway/clock';
import type { Lease } from '../lease/lease';
import type { LeaseTable } from '../lease/lease-table';
import type { Revisions } from '../lease/revisions';
import type { RegistryStore, Unsubscribe } from './registry-store';

/** Where the sync tells what happens. A pino logger fits. */
export interface SyncLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

const RETRY_MS = 500;
/** Numbers that were given and not written before a crash are at most this many: none is given twice. */
const RESTART_GAP = 10_000n;

/**
 * Keeps the store equal to the lease table. The table is ahead: a lease counts as soon as it is here, also while the store
 * is away; what changed meanwhile is written when it is back, and everything when it came back empty.
 */
export class LeaseSync {
  /** By instance: the lease that was removed, or null for one to be written as the table has it then. */
  readonly #dirty = new Map<string, { readonly lease: Lease; readonly removed: boolean }>();
  #adopted: string | null = null;
  #pass: Promise<void> | null = null;
  #retry: Timer | null = null;
  #unsubscribe: Unsubscribe = () => undefined;

  constructor(
    private readonly store: RegistryStore,
    private readonly table: LeaseTable,
    private readonly revisions: Revisions,
    private readonly clock: Clock,
    private readonly logger: SyncLogger,
  ) {}

  /** Takes over what the store holds, when it can be asked; else as soon as it can. */
  async start(): Promise<void> {
    this.#unsubscribe = this.store.onChange(() => void this.#flush());
    await this.#flush();
  }

  /** Writes what is left, when the store can be asked. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    await this.#flush();
    this.#retry?.cancel();
  }

  /** The lease is new or was renewed. */
  changed(lease: Lease): void {
    this.#dirty.set(keyOf(lease), { lease, removed: false });
    void this.#flush();
  }

  /** The lease is gone. */
  removed(lease: Lease): void {
    this.#dirty.set(keyOf(lease), { lease, removed: true });
    void this.#flush();
  }

  /** Resolves when what changed so far is written, or can't be now, or after `withinMs`. */
  settled(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.clock.after(withinMs, resolve);
      void this.#flush().then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  /** One pass at a time; whoever asks during one gets its end. */
  #flush(): Promise<void> {
    this.#pass ??= this.#run().finally(() => (this.#pass = null));
    return this.#pass;
  }

  async #run(): Promise<void> {
    // Changes of one turn of the event loop go in one write.
    await Promise.resolve();
    this.#retry?.cancel();
    try {
      while (this.store.available()) {
        if (this.store.epoch() !== this.#adopted) await this.#adopt();
        else if (this.#dirty.size > 0) await this.#writeNext();
        else return;
      }
    } catch (error) {
      this.logger.warn(
        { err: error, waiting: this.#dirty.size },
        'the store refuses leases; they are kept and tried again',
      );
      this.#retry = this.clock.after(RETRY_MS, () => void this.#flush());
    }
  }

  /** A store in another life than the one known, or the first one: take what it has, give it what it lacks. */
  async #adopt(): Promise<void> {
    const epoch = this.store.epoch()!;
    const { n, leases } = await this.store.load();
    this.revisions.adopt({ epoch, n: n + RESTART_GAP });
    this.#adopted = epoch;
    const restored = leases.filter((lease) => !this.#dirty.has(keyOf(lease)) && this.table.restore(lease));
    for (const lease of this.table.all()) this.#dirty.set(keyOf(lease), { lease, removed: false });
    this.logger.info({ epoch, restored: restored.length, written: this.#dirty.size }, 'the store is in a new epoch');
  }

  /** Writes what waits of one service. What fails waits again, unless it changed meanwhile. */
  async #writeNext(): Promise<void> {
    const [first] = this.#dirty.values();
    const { service } = first!.lease;
    const batch = [...this.#dirty].filter(([, { lease }]) => lease.service === service);
    for (const [key] of batch) this.#dirty.delete(key);
    const entries = batch.map(([, entry]) => entry);
    const put = entries.filter(({ removed }) => !removed).map(({ lease }) => lease);
    const removed = entries.filter((entry) => entry.removed).map(({ lease }) => lease);
    try {
      await this.store.write(service, put, removed, this.revisions.latest.n);
    } catch (error) {
      for (const [key, entry] of batch) if (!this.#dirty.has(key)) this.#dirty.set(key, entry);
      throw error;
    }
  }
}

const keyOf = ({ service, id }: Lease): string => `${service}/${id}`;
