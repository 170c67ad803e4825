import type { RedisClient, RedisScript } from '@gateway/redis';
import type { Lease } from '../lease/lease';
import { readLease, writeLease } from './lease-record';
import type { RegistryStore, StoreContent, StoredContract, Unsubscribe } from './registry-store';
import { TOUCH_SERVICE, WRITE_LEASES } from './scripts.lua';

/** How long leases stay readable after their last write: a registry that was down that long begins anew. */
const LEASE_RETENTION_MS = 24 * 3_600_000;
/** Contracts are copied again at each start and each change. */
const CONTRACT_RETENTION_MS = 30 * LEASE_RETENTION_MS;

/** `*` is no service's name, so it can't collide with one. */
const ALL_SERVICES = 'gw:{reg:*}:services';
const HIGHEST_NUMBER = 'gw:{reg:*}:n';
const CONTRACTS = 'gw:{reg:*}:contracts';
const leasesKey = (service: string): string => `gw:{reg:${service}}:leases`;
const expiriesKey = (service: string): string => `gw:{reg:${service}}:expiries`;
const contractKey = (service: string): string => `gw:{reg:${service}}:contract`;

type ContractHead = Omit<StoredContract, 'descriptorSet'>;

/** Leases in Redis, per service: a hash of records and a sorted set of when they run out, by Redis' own clock. */
export class RedisRegistryStore implements RegistryStore {
  readonly #write: RedisScript<string>;
  readonly #touch: RedisScript<string>;

  /** @param unreadable told of what is there and can't be read; it is left out */
  constructor(
    private readonly redis: RedisClient,
    private readonly unreadable: (what: string) => void,
  ) {
    this.#write = redis.defineScript({ name: 'registryWriteLeases', lua: WRITE_LEASES });
    this.#touch = redis.defineScript({ name: 'registryTouchService', lua: TOUCH_SERVICE });
  }

  epoch(): string | null {
    return this.redis.epoch();
  }

  available(): boolean {
    return this.redis.state() === 'up' && this.redis.epoch() !== null;
  }

  onChange(listener: () => void): Unsubscribe {
    const ends = [this.redis.onStateChange(listener), this.redis.onEpochChange(listener)];
    return () => ends.forEach((end) => end());
  }

  async load(): Promise<StoreContent> {
    const [n, services] = await Promise.all([
      this.redis.command<string | null>('GET', HIGHEST_NUMBER),
      this.redis.command<string[]>('ZRANGE', ALL_SERVICES, 0, -1),
    ]);
    const records = await Promise.all(services.map((name) => this.redis.command<string[]>('HVALS', leasesKey(name))));
    const leases = records.flat().flatMap((record) => this.#readable('lease', () => readLease(record)));
    return { n: BigInt(n ?? 0), leases };
  }

  async write(service: string, put: readonly Lease[], removed: readonly Lease[], n: bigint): Promise<void> {
    // The index first: a lease that no index names would never be found again.
    await this.#touch([ALL_SERVICES, HIGHEST_NUMBER], [LEASE_RETENTION_MS, String(n), service]);
    const puts = put.flatMap((lease) => [...nameOf(lease), lease.leaseMs, writeLease(lease)]);
    const keys = [leasesKey(service), expiriesKey(service)];
    await this.#write(keys, [LEASE_RETENTION_MS, put.length, ...puts, ...removed.flatMap(nameOf)]);
  }

  async putContract({ descriptorSet, ...head }: StoredContract): Promise<void> {
    const key = contractKey(head.service);
    const set = Buffer.from(descriptorSet);
    await this.redis.command('SADD', CONTRACTS, head.service);
    await this.redis.command('HSET', key, 'head', JSON.stringify(head), 'set', set);
    await this.redis.command('PEXPIRE', key, CONTRACT_RETENTION_MS);
    await this.redis.command('PEXPIRE', CONTRACTS, CONTRACT_RETENTION_MS);
  }

  async loadContracts(): Promise<readonly StoredContract[]> {
    const services = await this.redis.command<string[]>('SMEMBERS', CONTRACTS);
    const loaded = await Promise.all(services.map((service) => this.#loadContract(service)));
    return loaded.flat();
  }

  async #loadContract(service: string): Promise<StoredContract[]> {
    const [head, set] = await this.redis.commandBuffer<(Buffer | null)[]>('HMGET', contractKey(service), 'head', 'set');
    if (!head || !set) return [];
    return this.#readable(`contract of ${service}`, () => {
      const { digest, owner, publishedAt } = JSON.parse(head.toString()) as ContractHead;
      return { service, digest, owner, publishedAt, descriptorSet: new Uint8Array(set) };
    });
  }

  #readable<Value>(what: string, read: () => Value): Value[] {
    try {
      return [read()];
    } catch (error) {
      this.unreadable(`${what}: ${(error as Error).message}`);
      return [];
    }
  }
}

const nameOf = ({ id, generation }: Lease): string[] => [id, generation.epoch, String(generation.n)];
