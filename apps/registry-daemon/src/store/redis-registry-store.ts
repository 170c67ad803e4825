import { EPOCH_KEY, type RedisArgument, type RedisClient, type RedisScript } from '@gateway/redis';
import type { ContractEntry } from '../contracts/contract-entry';
import type { InstanceKey, Lease, Life } from '../lease/lease';
import { readLease, readLife, writeGone, writeLease } from './lease-record';
import { RedisChangeFeed, type RedisChangeFeedOptions } from './redis-change-feed';
import { RedisContracts } from './redis-contracts';
import {
  GONE_MS,
  type LeaseBatch,
  type RegistryStore,
  type StoreContent,
  type StoredContract,
  type StoreFollower,
  type Unsubscribe,
  type WriteOutcome,
} from './registry-store';
import { EXPIRE_LEASES, REMAINING, TOUCH_SERVICE, WRITE_LEASES } from './scripts.lua';

/** How long leases stay readable after their last write: a registry that was down that long begins anew. */
const LEASE_RETENTION_MS = 24 * 3_600_000;
/** How often the index is told that a service lives on, in milliseconds. */
const INDEX_MS = 600_000;

/** `*` is no service's name, so it can't collide with one. */
const ALL_SERVICES = 'gw:{reg:*}:services';
const HIGHEST_NUMBER = 'gw:{reg:*}:n';
const keysOf = (service: string): string[] => [`gw:{reg:${service}}:leases`, `gw:{reg:${service}}:expiries`];

/**
 * Leases in Redis, per service: a hash of records and a sorted set of when they run out, by Redis' own clock. Changes are
 * told on a bounded stream, whose channel is only the hint to read it.
 */
export class RedisRegistryStore implements RegistryStore {
  readonly #redis: RedisClient;
  readonly #feed: RedisChangeFeed;
  readonly #contracts: RedisContracts;
  readonly #write: RedisScript<[string[], string[], string[]]>;
  readonly #remaining: RedisScript<string[]>;
  readonly #expire: RedisScript<string[]>;
  readonly #touch: RedisScript<string>;
  /** When a service must be indexed again, although it was only renewed: monotonic. */
  readonly #indexed = new Map<string, number>();

  constructor(private readonly options: RedisChangeFeedOptions) {
    const { redis, unreadable } = options;
    this.#redis = redis;
    this.#feed = new RedisChangeFeed(options);
    this.#contracts = new RedisContracts(redis, unreadable);
    this.#write = redis.defineScript({ name: 'registryWriteLeases', lua: WRITE_LEASES });
    this.#remaining = redis.defineScript({ name: 'registryRemaining', lua: REMAINING });
    this.#expire = redis.defineScript({ name: 'registryExpireLeases', lua: EXPIRE_LEASES });
    this.#touch = redis.defineScript({ name: 'registryTouchService', lua: TOUCH_SERVICE });
  }

  epoch(): string | null {
    return this.#redis.epoch();
  }

  available(): boolean {
    return this.#redis.state() === 'up' && this.#redis.epoch() !== null;
  }

  onChange(listener: () => void): Unsubscribe {
    const ends = [this.#redis.onStateChange(listener), this.#redis.onEpochChange(listener)];
    return () => ends.forEach((end) => end());
  }

  load(): Promise<StoreContent> {
    return this.#inThisLife(async () => {
      const [n, services] = await Promise.all([
        this.#redis.command<string | null>('GET', HIGHEST_NUMBER),
        this.#redis.command<string[]>('ZRANGE', ALL_SERVICES, 0, -1),
      ]);
      const records = await Promise.all(
        services.map((name) => this.#redis.command<string[]>('HVALS', keysOf(name)[0]!)),
      );
      const leases = records.flat().flatMap((record) => this.#readable('lease', () => readLease(record)) ?? []);
      return { n: BigInt(n ?? 0), leases };
    });
  }

  find({ service, id }: InstanceKey): Promise<Lease | null> {
    return this.#inThisLife(async () => {
      const record = await this.#redis.command<string | null>('HGET', keysOf(service)[0]!, id);
      return record === null ? null : this.#readable('lease', () => readLease(record));
    });
  }

  async write({ service, put, renewed, removed, n }: LeaseBatch): Promise<WriteOutcome> {
    // The index first: a lease that no index names would never be found again.
    await this.#index(service, n, put.length + removed.length > 0);
    const [better, missing, taken] = await this.#write(keysOf(service), [
      LEASE_RETENTION_MS,
      GONE_MS,
      put.length,
      ...put.flatMap(putArguments),
      renewed.length,
      ...renewed.flatMap((lease) => [...lifeArguments(lease), lease.leaseMs]),
      ...removed.flatMap((life) => [...lifeArguments(life), writeGone(life)]),
    ]);
    const ids = new Set(taken);
    await this.#feed.tell({
      upserted: put.map(({ lease }) => lease).filter(({ id }) => ids.has(id)),
      removed: removed.filter(({ id }) => ids.has(id)),
    });
    return { ...this.#standing(service, better), missing: renewed.filter(({ id }) => missing.includes(id)) };
  }

  remaining(service: string, lives: readonly Life[]): Promise<readonly (number | null)[]> {
    return this.#inThisLife(async () => {
      const left = await this.#remaining(keysOf(service), lives.flatMap(lifeArguments));
      return left.map((ms) => (ms === '' ? null : Number(ms)));
    });
  }

  async expire(service: string, lives: readonly Life[]): Promise<readonly Life[]> {
    const ids = new Set(await this.#expire(keysOf(service), lives.flatMap(lifeArguments)));
    const removed = lives.filter(({ id }) => ids.has(id));
    await this.#feed.tell({ expired: removed });
    return removed;
  }

  follow(follower: StoreFollower): Unsubscribe {
    return this.#feed.follow(follower);
  }

  async putContract(contract: StoredContract): Promise<void> {
    await this.#contracts.put(contract);
    await this.#feed.tell({ contracts: [contract.service] });
  }

  contracts(service?: string): Promise<readonly ContractEntry[]> {
    return this.#contracts.entries(service);
  }

  descriptorSet(service: string, digest: string): Promise<Uint8Array | null> {
    return this.#contracts.descriptorSet(service, digest);
  }

  async #index(service: string, n: bigint, isChanged: boolean): Promise<void> {
    const now = this.options.clock.monotonic();
    if (!isChanged && now < (this.#indexed.get(service) ?? 0)) return;
    await this.#touch([ALL_SERVICES, HIGHEST_NUMBER], [LEASE_RETENTION_MS, String(n), service]);
    this.#indexed.set(service, now + INDEX_MS);
  }

  #standing(service: string, pairs: readonly string[]): Pick<WriteOutcome, 'newer' | 'gone'> {
    const [newer, gone]: [Lease[], Life[]] = [[], []];
    for (let at = 0; at < pairs.length; at += 2) {
      const [id, record] = [pairs[at]!, pairs[at + 1]!];
      this.#readable('lease', () => {
        const lease = readLease(record);
        if (lease) newer.push(lease);
        else gone.push(readLife({ service, id }, record));
        return lease;
      });
    }
    return { newer, gone };
  }

  /** What isn't found in a Redis that has just been emptied wasn't removed: an answer counts in the life it was asked in. */
  async #inThisLife<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    const expected = this.epoch();
    const answer = await ask();
    const epoch = await this.#redis.command<string | null>('GET', EPOCH_KEY);
    if (epoch === null || epoch !== expected) throw new Error('redis has lost its data');
    return answer;
  }

  #readable<Value>(what: string, read: () => Value): Value | null {
    try {
      return read();
    } catch (error) {
      this.options.unreadable(`${what}: ${(error as Error).message}`);
      return null;
    }
  }
}

const lifeArguments = ({ id, generation }: Life): string[] => [id, generation.epoch, String(generation.n)];

const putArguments = ({ lease, renewed }: LeaseBatch['put'][number]): RedisArgument[] => [
  ...lifeArguments(lease),
  String(lease.revision),
  lease.leaseMs,
  renewed ? 1 : 0,
  writeLease(lease),
];
