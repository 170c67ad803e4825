import type { Clock, Timer } from '@gateway/clock';
import { digestOf } from '@gateway/contracts';
import { asRegistryCallError } from './registry-call-error';
import type { RegistryClient } from './registry-client';

/** What the store is told and tells. */
export interface ContractStoreOptions {
  readonly client: Pick<RegistryClient, 'getContract'>;
  readonly clock: Clock;
  /** Bytes have arrived. */
  readonly onArrival: (digest: string) => void;
  /** A contract can't be had now; it is asked for again. */
  readonly onProblem: (digest: string, why: string) => void;
}

const RETRY_MS = 1_000;

/** The bytes of the contracts in use, by digest: each is fetched once, and dropped when nothing names it any more. */
export class ContractStore {
  readonly #bytes = new Map<string, Uint8Array>();
  #wanted = new Set<string>();
  readonly #asked = new Set<string>();
  #retry: Timer | null = null;
  #closed = false;

  constructor(private readonly options: ContractStoreOptions) {}

  get(digest: string): Uint8Array | undefined {
    return this.#bytes.get(digest);
  }

  entries(): IterableIterator<[string, Uint8Array]> {
    return this.#bytes.entries();
  }

  /** Takes bytes that were saved; false when they aren't what the digest says. */
  put(digest: string, bytes: Uint8Array): boolean {
    if (digestOf(bytes) !== digest) return false;
    this.#bytes.set(digest, bytes);
    return true;
  }

  /** Fetches what isn't here and drops what isn't named. */
  want(digests: ReadonlySet<string>): void {
    this.#wanted = new Set(digests);
    for (const digest of this.#bytes.keys()) if (!digests.has(digest)) this.#bytes.delete(digest);
    for (const digest of digests) if (!this.#bytes.has(digest) && !this.#asked.has(digest)) void this.#fetch(digest);
  }

  close(): void {
    this.#closed = true;
    this.#retry?.cancel();
  }

  async #fetch(digest: string): Promise<void> {
    const { client, onArrival } = this.options;
    this.#asked.add(digest);
    try {
      const { descriptorSet } = await client.getContract(digest);
      if (this.#closed || !this.#wanted.has(digest)) return;
      // The digest is what the edge trusts: a mixed-up answer must not become a route.
      if (this.put(digest, descriptorSet)) onArrival(digest);
      else this.#failed(digest, 'the registry sent bytes of another digest');
    } catch (thrown) {
      if (!this.#closed) this.#failed(digest, asRegistryCallError(thrown).message);
    } finally {
      this.#asked.delete(digest);
    }
  }

  #failed(digest: string, why: string): void {
    this.options.onProblem(digest, why);
    this.#retry?.cancel();
    this.#retry = this.options.clock.after(RETRY_MS, () => this.want(this.#wanted));
  }
}
