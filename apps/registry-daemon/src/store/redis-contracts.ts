import type { RedisClient, RedisScript } from '@gateway/redis';
import { type ContractEntry, readEntry } from '../contracts/contract-entry';
import { KEPT_CONTRACTS, type StoredContract } from './registry-store';
import { PUT_CONTRACT } from './scripts.lua';

/** Contracts are copied again at each start and each change. */
const RETENTION_MS = 30 * 24 * 3_600_000;
/** The services that have any; `*` is no service's name. */
const SERVICES = 'gw:{reg:*}:contracts';
const publicationsKey = (service: string): string => `gw:{reg:${service}}:publications`;
const servedKey = (service: string): string => `gw:{reg:${service}}:served`;
const bytesKey = (service: string): string => `gw:{reg:${service}}:contracts`;

/** The contracts' part of the Redis store: the latest publications of each service, and their bytes by digest. */
export class RedisContracts {
  readonly #put: RedisScript<string>;

  /** @param unreadable told of what is there and can't be read; it is left out */
  constructor(
    private readonly redis: RedisClient,
    private readonly unreadable: (what: string) => void,
  ) {
    this.#put = redis.defineScript({ name: 'registryPutContract', lua: PUT_CONTRACT });
  }

  async put({ service, servedAt, descriptorSet, ...entry }: StoredContract): Promise<void> {
    await this.redis.command('SADD', SERVICES, service);
    await this.redis.command('PEXPIRE', SERVICES, RETENTION_MS);
    // The moment is part of it: the same contract may be published again later.
    const { digest, owner, publishedAt, publishedBy, allowedBreaking, note } = entry;
    const publication = JSON.stringify({ digest, owner, publishedAt, publishedBy, allowedBreaking, note });
    const bytes = Buffer.from(descriptorSet);
    const args = [RETENTION_MS, KEPT_CONTRACTS, publication, publishedAt, digest, bytes, servedAt ?? ''];
    await this.#put([publicationsKey(service), bytesKey(service), servedKey(service)], args);
  }

  async entries(service?: string): Promise<readonly ContractEntry[]> {
    const services = service === undefined ? await this.redis.command<string[]>('SMEMBERS', SERVICES) : [service];
    const lists = await Promise.all(
      services.map(async (name) => {
        const publications = await this.redis.command<string[]>('ZRANGE', publicationsKey(name), 0, -1);
        if (publications.length === 0) return [];
        const served = await this.redis.command<(string | null)[]>('HMGET', servedKey(name), ...publications);
        return publications.flatMap((text, index) => this.#read(name, text, served[index]!));
      }),
    );
    return lists.flat();
  }

  async descriptorSet(service: string, digest: string): Promise<Uint8Array | null> {
    const bytes = await this.redis.commandBuffer<Buffer | null>('HGET', bytesKey(service), digest);
    return bytes && new Uint8Array(bytes);
  }

  #read(service: string, text: string, served: string | null): ContractEntry[] {
    try {
      const entry = readEntry({ ...(JSON.parse(text) as object), service });
      if (entry === null) throw new Error('not a publication');
      const servedAt = Number(served);
      return [servedAt > 0 ? { ...entry, servedAt } : entry];
    } catch (error) {
      this.unreadable(`contract of ${service}: ${(error as Error).message}`);
      return [];
    }
  }
}
