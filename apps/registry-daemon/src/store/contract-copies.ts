import type { Clock } from '@gateway/clock';
import type { ContractBook } from '../contracts/contract-book';
import type { ContractEntry } from '../contracts/contract-entry';
import { KEPT_CONTRACTS, type RegistryStore, type StoredContract, type Unsubscribe } from './registry-store';
import { StoreLoop, type SyncLogger } from './store-loop';

/** What becomes of what other daemons know. */
export interface Readmission {
  /** Takes a contract that the store has and the journal hasn't; it is checked like any other. @throws when it is refused */
  readmit(contract: StoredContract): void;
  /** An instance of a contract that the journal has was seen by another daemon. */
  served(entry: ContractEntry): void;
}

const RETRY_MS = 1_000;

/**
 * Keeps a copy of the latest contracts in the store, and takes those that other daemons have published. Each daemon's
 * journal is the truth for itself; what one of them has comes to all.
 */
export class ContractCopies {
  /** Services whose latest publication the store is to have. */
  readonly #unwritten = new Set<string>();
  /** Services of which others have published. */
  readonly #unread = new Set<string>();
  /** Publications that were refused: they are not asked for again. */
  readonly #refused = new Set<string>();
  readonly #loop: StoreLoop;
  /** The life of the store that everything was exchanged with; null: some may have been missed. */
  #exchanged: string | null = null;
  #ends: Unsubscribe[] = [];

  constructor(
    private readonly store: RegistryStore,
    private readonly book: ContractBook,
    private readonly readmission: Readmission,
    clock: Clock,
    private readonly logger: SyncLogger,
  ) {
    this.#loop = new StoreLoop({
      clock,
      retryMs: RETRY_MS,
      run: () => this.#run(),
      failed: (err) =>
        logger.warn({ err, waiting: this.#unwritten.size }, 'the store refuses contracts; they are tried again'),
    });
  }

  async start(): Promise<void> {
    const flush = (): void => void this.#loop.flush();
    this.#ends = [
      this.store.onChange(flush),
      this.store.follow({
        changed: ({ contracts }) => {
          if (contracts.length === 0) return;
          for (const service of contracts) this.#unread.add(service);
          flush();
        },
        lost: () => {
          this.#exchanged = null;
          flush();
        },
      }),
    ];
    await this.#loop.flush();
  }

  async stop(): Promise<void> {
    for (const end of this.#ends) end();
    await this.#loop.stop();
  }

  /** Another contract of the service is in force here. */
  changed(service: string): void {
    this.#unwritten.add(service);
    void this.#loop.flush();
  }

  async #run(): Promise<void> {
    while (this.store.available()) {
      if (this.store.epoch() !== this.#exchanged) await this.#exchange();
      else if (this.#unread.size > 0) await this.#next(this.#unread, (service) => this.#read(service));
      else if (this.#unwritten.size > 0) await this.#next(this.#unwritten, (service) => this.#write(service));
      else return;
    }
  }

  async #next(waiting: Set<string>, work: (service: string) => Promise<void>): Promise<void> {
    const [service] = waiting;
    waiting.delete(service!);
    try {
      await work(service!);
    } catch (error) {
      waiting.add(service!);
      throw error;
    }
  }

  /** Takes what the store has and the journal lacks, then gives it what it lacks. */
  async #exchange(): Promise<void> {
    const epoch = this.store.epoch();
    const stored = await this.store.contracts();
    for (const entry of stored) await this.#take(entry);
    const kept = new Set(stored.map(nameOf));
    for (const { entry } of this.book.inForce()) {
      const latest = this.book.history(entry.service).slice(-KEPT_CONTRACTS);
      if (latest.some((known) => !kept.has(nameOf(known)))) this.#unwritten.add(entry.service);
    }
    this.#exchanged = epoch;
  }

  async #read(service: string): Promise<void> {
    for (const entry of await this.store.contracts(service)) await this.#take(entry);
  }

  async #take(entry: ContractEntry): Promise<void> {
    if (!this.book.has(entry)) await this.#readmit(entry);
    if (entry.servedAt !== undefined && this.book.has(entry)) this.readmission.served(entry);
  }

  async #readmit(entry: ContractEntry): Promise<void> {
    if (this.#refused.has(publicationOf(entry))) return;
    const descriptorSet = await this.store.descriptorSet(entry.service, entry.digest);
    if (descriptorSet === null) return;
    try {
      const { servedAt: _served, ...publication } = entry;
      this.readmission.readmit({ ...publication, descriptorSet });
    } catch (err) {
      this.#refused.add(publicationOf(entry));
      this.logger.warn({ err, contractOf: entry.service }, 'a contract that the store has is not taken');
    }
  }

  /** Everything that the store keeps of the service: others may lack more than the latest. */
  async #write(service: string): Promise<void> {
    const kept = new Set((await this.store.contracts(service)).map(nameOf));
    for (const entry of this.book.history(service).slice(-KEPT_CONTRACTS)) {
      const descriptorSet = kept.has(nameOf(entry)) ? undefined : this.book.descriptorSet(entry.digest);
      if (descriptorSet) await this.store.putContract({ ...entry, descriptorSet });
    }
  }
}

const publicationOf = ({ service, digest, publishedAt }: ContractEntry): string =>
  `${service} ${publishedAt} ${digest}`;

/** What the store may lack of an entry: the publication, or that it was served. */
const nameOf = (entry: ContractEntry): string =>
  `${publicationOf(entry)}${entry.servedAt === undefined ? '' : ' served'}`;
