import type { Clock, Timer } from '@gateway/clock';
import type { registryV1 } from '@gateway/contracts';
import { ContractStore } from './contract-store';
import { DirectoryFiles } from './directory-files';
import { type DirectoryChange, DirectoryModel } from './directory-model';
import type { RegistryClient } from './registry-client';
import { WatchLoop } from './watch-loop';

/** How current the directory is. */
export type DirectoryStatus =
  /** The registry hasn't spoken since the start; what was saved is served, if anything. */
  | { readonly state: 'starting'; readonly why: string; readonly since: number }
  /** Watching. */
  | { readonly state: 'live'; readonly since: number }
  /** The watch is lost; the last known good is served. */
  | { readonly state: 'stale'; readonly why: string; readonly since: number };

/** What a directory watches, and how. */
export interface DirectoryOptions {
  readonly client: Pick<RegistryClient, 'watch' | 'getContract'>;
  readonly clock: Clock;
  /** The services of interest; absent or empty: all. */
  readonly services?: readonly string[];
  /** Whether contracts are fetched too: those in force, and those that instances name. */
  readonly withContracts?: boolean;
  /** Folder to save the last known good to, and to begin with after a restart. */
  readonly stateDir?: string;
  /** How long instances of an earlier epoch are kept, in milliseconds; 20 s when not given, a third of the longest lease. */
  readonly graceMs?: number;
  /** Told each change of the status. */
  readonly onStatus?: (status: DirectoryStatus) => void;
  /** Told what went wrong without harm: a contract that can't be fetched, a state folder that can't be used. */
  readonly onProblem?: (why: string) => void;
  /** The source of jitter. */
  readonly random?: () => number;
}

const GRACE_MS = 20_000;
/** Changes come in bursts; the disk needs to see only their end. */
const SAVE_DELAY_MS = 500;

/**
 * Who lives where and with which contract, as the registry last said. While the registry is away it keeps what it knows
 * for as long as it takes; after the registry lost its store it keeps each instance until that had time to come back.
 */
export class ServiceDirectory {
  readonly #model: DirectoryModel;
  readonly #contracts: ContractStore;
  readonly #files: DirectoryFiles | null;
  readonly #watch: WatchLoop;
  readonly #listeners = new Set<(change: DirectoryChange) => void>();
  #status: DirectoryStatus;
  #expiry: Timer | null = null;
  #saving: Timer | null = null;

  constructor(private readonly options: DirectoryOptions) {
    const { client, clock, services = [], random = Math.random } = options;
    this.#status = { state: 'starting', why: 'the registry has not answered yet', since: clock.now() };
    this.#model = new DirectoryModel(options.graceMs ?? GRACE_MS);
    this.#contracts = new ContractStore({
      client,
      clock,
      onArrival: () => this.#changed({ services: new Set(), contracts: true }),
      onProblem: (digest, why) => options.onProblem?.(`contract ${digest} can't be fetched: ${why}`),
    });
    this.#files = this.#openFiles();
    this.#watch = new WatchLoop(
      { client, clock, services, random },
      { message: (message) => this.#take(message), lost: (why) => this.#lost(why) },
    );
  }

  /** The instances of a service in every state: call only those that are READY. The same array until one changes. */
  instances(service: string): readonly registryV1.Instance[] {
    return this.#model.instances(service);
  }

  /** The names of the services that have an instance. */
  services(): string[] {
    return this.#model.services();
  }

  /** The contract in force of each service that has one, whether or not it has an instance. */
  contracts(): readonly registryV1.ContractRef[] {
    return this.#model.contracts();
  }

  /** A contract's bytes (a FileDescriptorSet); undefined until they have arrived. */
  descriptorSet(digest: string): Uint8Array | undefined {
    return this.#contracts.get(digest);
  }

  get status(): DirectoryStatus {
    return this.#status;
  }

  /** Calls back after each change. @returns a function that ends it */
  onChange(listener: (change: DirectoryChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends watching and saves what is known. */
  close(): void {
    this.#watch.close();
    this.#contracts.close();
    this.#expiry?.cancel();
    if (this.#saving) this.#save();
  }

  #take(message: registryV1.WatchResponse): void {
    const change = this.#model.apply(message, this.options.clock.monotonic());
    if (this.#status.state !== 'live') this.#setStatus({ state: 'live', since: this.options.clock.now() });
    if (change) this.#changed(change);
    if (message.event.case !== 'snapshot') return;
    this.#scheduleExpiry();
    // Also when nothing changed: what was restored may lack bytes.
    if (this.options.withContracts) this.#contracts.want(this.#digests());
  }

  #lost(why: string): void {
    // Nothing expires while nobody can say whether it came back.
    this.#expiry?.cancel();
    const state = this.#status.state === 'starting' ? 'starting' : 'stale';
    this.#setStatus({ state, why, since: this.options.clock.now() });
  }

  #changed(change: DirectoryChange): void {
    if (this.options.withContracts) this.#contracts.want(this.#digests());
    if (this.#files && !this.#saving) this.#saving = this.options.clock.after(SAVE_DELAY_MS, () => this.#save());
    for (const listener of this.#listeners) listener(change);
  }

  #digests(): Set<string> {
    const inForce = this.#model.contracts().map(({ digest }) => digest);
    const served = this.#model
      .services()
      .flatMap((name) => this.#model.instances(name).map((each) => each.contractDigest));
    return new Set([...inForce, ...served].filter((digest) => digest !== ''));
  }

  #scheduleExpiry(): void {
    this.#expiry?.cancel();
    const next = this.#model.nextExpiry();
    if (next === null) return;
    const { clock } = this.options;
    this.#expiry = clock.after(Math.max(0, next - clock.monotonic()), () => {
      const change = this.#model.expire(clock.monotonic());
      if (change) this.#changed(change);
      this.#scheduleExpiry();
    });
  }

  #openFiles(): DirectoryFiles | null {
    const { stateDir, onProblem } = this.options;
    if (stateDir === undefined) return null;
    try {
      const files = new DirectoryFiles(stateDir);
      this.#restore(files);
      return files;
    } catch (error) {
      onProblem?.(`the state folder can't be used: ${(error as Error).message}`);
      return null;
    }
  }

  #restore(files: DirectoryFiles): void {
    try {
      const saved = files.load();
      if (!saved) return;
      for (const [digest, bytes] of saved.descriptorSets) this.#contracts.put(digest, bytes);
      this.#model.restore(saved.content);
    } catch (error) {
      this.options.onProblem?.(`what was saved can't be read: ${(error as Error).message}`);
    }
  }

  #save(): void {
    this.#saving?.cancel();
    this.#saving = null;
    try {
      this.#files?.save(this.#model.content(), this.#contracts.entries());
    } catch (error) {
      this.options.onProblem?.(`the state can't be saved: ${(error as Error).message}`);
    }
  }

  #setStatus(status: DirectoryStatus): void {
    this.#status = status;
    this.options.onStatus?.(status);
  }
}
