import type { Clock, Timer } from '@gateway/clock';
import type { ContractBook } from '../contracts/contract-book';
import type { SyncLogger } from './lease-sync';
import type { RegistryStore, StoredContract, Unsubscribe } from './registry-store';

/** What comes of a contract that only the store still has. It is checked like any other. */
export type Readmit = (contract: StoredContract) => void;

const RETRY_MS = 1_000;

/** Keeps a copy of every contract in force in the store, and takes those back that the journal doesn't have. */
export class ContractCopies {
  readonly #waiting = new Set<string>();
  #copied: string | null = null;
  #pass: Promise<void> | null = null;
  #retry: Timer | null = null;
  #unsubscribe: Unsubscribe = () => undefined;

  constructor(
    private readonly store: RegistryStore,
    private readonly book: ContractBook,
    private readonly readmit: Readmit,
    private readonly clock: Clock,
    private readonly logger: SyncLogger,
  ) {}

  async start(): Promise<void> {
    this.#unsubscribe = this.store.onChange(() => void this.#flush());
    await this.#flush();
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    await this.#flush();
    this.#retry?.cancel();
  }

  /** Another contract of the service is in force. */
  changed(service: string): void {
    this.#waiting.add(service);
    void this.#flush();
  }

  #flush(): Promise<void> {
    this.#pass ??= this.#run().finally(() => (this.#pass = null));
    return this.#pass;
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    this.#retry?.cancel();
    try {
      while (this.store.available()) {
        if (this.store.epoch() !== this.#copied) await this.#exchange();
        const [service] = this.#waiting;
        if (service === undefined) return;
        this.#waiting.delete(service);
        await this.#copy(service);
      }
    } catch (error) {
      this.logger.warn(
        { err: error, waiting: this.#waiting.size },
        'the store refuses contracts; they are tried again',
      );
      this.#retry = this.clock.after(RETRY_MS, () => void this.#flush());
    }
  }

  /** With a store in another life: take what it has and the journal lacks, then give it everything. */
  async #exchange(): Promise<void> {
    const epoch = this.store.epoch();
    const stored = await this.store.loadContracts();
    for (const contract of stored) if (!this.book.current(contract.service)) this.readmit(contract);
    for (const { entry } of this.book.inForce()) this.#waiting.add(entry.service);
    this.#copied = epoch;
  }

  async #copy(service: string): Promise<void> {
    const entry = this.book.current(service)?.entry;
    const descriptorSet = entry && this.book.descriptorSet(entry.digest);
    if (!entry || !descriptorSet) return;
    try {
      await this.store.putContract({ ...entry, descriptorSet });
    } catch (error) {
      this.#waiting.add(service);
      throw error;
    }
  }
}
