import { equals } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { digestOf, registryV1 } from '@gateway/contracts';
import { eventually } from '@gateway/testing';
import type { Lease, Life } from '../lease/lease';
import { leaseFixture } from '../lease/lease.fixture';
import { KEPT_CONTRACTS, type LeaseBatch, type RegistryStore, type StoredContract } from './registry-store';

/** A store that a suite works on. */
export interface OpenStore {
  readonly store: RegistryStore;
  /** The same store, as another daemon sees it. */
  readonly other: RegistryStore;
  close(): Promise<void>;
  /** Lets that much of the store's own time pass. */
  pass(ms: number): Promise<void>;
}

/** What every store does. `open` gives an empty one that is available. */
export function registryStoreConformance(name: string, open: () => Promise<OpenStore>): void {
  describe(`${name} keeps leases`, () => {
    let opened: OpenStore;
    let store: RegistryStore;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.close());

    const lease = (n: bigint, change: Parameters<typeof leaseFixture>[1] = {}, epoch = 'e1'): Lease =>
      leaseFixture({ epoch, n }, change);
    const short = (n: bigint, id = 'a'): Lease => ({ ...lease(n, { id }), leaseMs: 1_000 });
    const write = (batch: Partial<LeaseBatch>) =>
      store.write({ service: 'demo-service', put: [], renewed: [], removed: [], n: 1n, ...batch });
    const put = (...leases: Lease[]) => write({ put: leases.map((each) => ({ lease: each, renewed: true })) });
    const lifeOf = ({ id, generation: { epoch, n } }: Life): string => `${id}@${epoch}.${n}`;
    const held = async (): Promise<string[]> => (await store.load()).leases.map(lifeOf).sort();
    const left = async (...leases: Lease[]) => store.remaining('demo-service', leases);

    test('is empty at first, and says which life it is in', async () => {
      expect(await store.load()).toEqual({ n: 0n, leases: [] });
      expect(await store.contracts()).toEqual([]);
      expect(store.available()).toBe(true);
      expect(store.epoch()).toMatch(/^[^.@\s]+$/);
      store.onChange(() => undefined)();
    });

    test('returns what was written, whole', async () => {
      const written = lease(3n, {
        zone: 'eu',
        weight: 4,
        metadata: { 'a b': 'ü', c: '' },
        load: { connections: 3 },
        contractDigest: digestOf(Buffer.from('x')),
      });
      expect(await write({ put: [{ lease: { ...written, revision: 9n }, renewed: true }], n: 12n })).toEqual({
        newer: [],
        gone: [],
        missing: [],
      });
      const { n, leases } = await store.load();
      expect(n).toBe(12n);
      expect(leases).toEqual([await store.find(written)]);
      const { instance, ...rest } = leases[0]!;
      const { instance: expected, ...same } = written;
      expect(rest).toEqual({ ...same, revision: 9n });
      expect(equals(registryV1.InstanceSchema, instance, expected)).toBe(true);
      expect(await store.find({ service: 'demo-service', id: 'nobody' })).toBeNull();
    });

    test('keeps services apart', async () => {
      await put(lease(1n));
      await write({ service: 'other', put: [{ lease: lease(2n, { service: 'other' }), renewed: true }] });
      await write({ service: 'other', removed: [lease(2n, { service: 'other' })] });
      expect(await held()).toEqual(['a@e1.1']);
    });

    test.each([
      ['an older generation', 9n, 'e1'],
      ['an older one of another epoch', 9n, 'e2'],
      ['one of the same number in an epoch that sorts before', 10n, 'e0'],
    ])('refuses %s, and says what stands instead', async (_what, n, epoch) => {
      await put(lease(10n));
      const outcome = await put(lease(n, { zone: 'late' }, epoch));
      expect(outcome.newer.map(lifeOf)).toEqual(['a@e1.10']);
      expect((await write({ renewed: [lease(n, {}, epoch)] })).newer.map(lifeOf)).toEqual(['a@e1.10']);
      await write({ removed: [lease(n, {}, epoch)] });
      expect(await held()).toEqual(['a@e1.10']);
      expect(await left(lease(n, {}, epoch))).toEqual([null]);
    });

    test('takes a newer generation, of whatever epoch', async () => {
      await put(lease(9n));
      expect((await put(lease(10n))).newer).toEqual([]);
      await put(lease(11n, {}, 'e0'));
      expect(await held()).toEqual(['a@e0.11']);
    });

    test('keeps the latest change of a life, whoever comes last', async () => {
      await put({ ...lease(1n, { zone: 'new' }), revision: 8n });
      const outcome = await put({ ...lease(1n, { zone: 'old' }), revision: 7n });
      expect(outcome.newer.map(({ instance }) => instance.zone)).toEqual(['new']);
      expect((await store.find(lease(1n)))?.instance.zone).toBe('new');
    });

    test('keeps a lease as long as it was renewed, not as long as it was written', async () => {
      await put(short(1n));
      await opened.pass(600);
      await write({ put: [{ lease: { ...short(1n), revision: 2n }, renewed: false }] });
      expect((await left(short(1n)))[0]).toBeLessThanOrEqual(400);
      await write({ renewed: [short(1n)] });
      expect((await left(short(1n)))[0]).toBeGreaterThan(400);
      await opened.pass(600);
      await put({ ...short(1n), revision: 1n });
      expect((await left(short(1n)))[0]).toBeGreaterThan(400);
    });

    test('asks for a renewed lease that it doesn’t have', async () => {
      const outcome = await write({ renewed: [lease(1n), lease(1n, { id: 'b' })] });
      expect(outcome.missing.map(lifeOf)).toEqual(['a@e1.1', 'b@e1.1']);
      await put(lease(1n));
      expect((await write({ renewed: [lease(2n)] })).missing.map(lifeOf)).toEqual(['a@e1.2']);
    });

    test('removes a life for good: nobody who comes late brings it back', async () => {
      await put(lease(5n), lease(6n, { id: 'b' }));
      await write({ removed: [lease(5n), lease(8n, { id: 'b' }), lease(1n, { id: 'unknown' })] });
      expect(await held()).toEqual([]);
      expect(await store.find(lease(5n))).toBeNull();
      const late = await put(lease(5n), lease(7n, { id: 'b' }), lease(1n, { id: 'unknown' }));
      expect(late.gone.map(lifeOf).sort()).toEqual(['a@e1.5', 'b@e1.8', 'unknown@e1.1']);
      expect((await write({ renewed: [lease(5n)] })).gone.map(lifeOf)).toEqual(['a@e1.5']);
      expect(await left(lease(5n))).toEqual([null]);
      await put(lease(6n));
      expect(await held()).toEqual(['a@e1.6']);
    });

    test('tells what is left, and ends only what has run out', async () => {
      await put(short(1n), short(1n, 'b'), lease(1n, { id: 'c' }));
      await opened.pass(1_100);
      await write({ renewed: [short(1n, 'b')] });
      const all = [short(1n), short(1n, 'b'), lease(1n, { id: 'c' }), lease(1n, { id: 'nobody' })];
      const [a, b, c, nobody] = await left(...all);
      expect(a).toBeLessThanOrEqual(0);
      expect(b).toBeGreaterThan(0);
      expect(c).toBeGreaterThan(5_000);
      expect(nobody).toBeNull();
      expect((await store.expire('demo-service', all)).map(({ id }) => id)).toEqual(['a']);
      expect(await store.expire('demo-service', all)).toEqual([]);
      expect(await held()).toEqual(['b@e1.1', 'c@e1.1']);
    });

    test('takes a lease back that ran out while its renewal was on the way', async () => {
      await put(short(1n));
      await opened.pass(1_100);
      await store.expire('demo-service', [short(1n)]);
      expect((await write({ renewed: [short(1n)] })).missing.map(lifeOf)).toEqual(['a@e1.1']);
      await put(short(1n));
      expect(await held()).toEqual(['a@e1.1']);
    });

    test('never counts back, beyond what a double holds', async () => {
      const big = 9_007_199_254_740_995n;
      await write({ put: [{ lease: lease(big), renewed: true }], n: big });
      await write({ put: [{ lease: lease(big - 1n), renewed: true }], n: 7n });
      expect((await store.load()).n).toBe(big);
      expect(await held()).toEqual([`a@e1.${big}`]);
    });
  });

  describe(`${name} tells what happens`, () => {
    let opened: OpenStore;
    let other: RegistryStore;
    let told: string[];
    let unfollow: () => void;

    beforeEach(async () => {
      opened = await open();
      other = opened.other;
      told = [];
      unfollow = other.follow({
        changed: ({ upserted, removed, expired, contracts }) => {
          told.push(...upserted.map(({ id, instance }) => `+${id} ${instance.zone}`));
          told.push(...removed.map(({ id, generation }) => `-${id} ${generation.n}`));
          told.push(...expired.map(({ id, generation }) => `!${id} ${generation.n}`));
          told.push(...contracts.map((service) => `contract of ${service}`));
        },
        lost: () => told.push('lost'),
      });
      await eventually(() => expect(told).toEqual(['lost']));
    });
    afterEach(async () => {
      unfollow();
      await opened.close();
    });

    const batch = { service: 'demo-service', put: [], renewed: [], removed: [], n: 1n };
    const of = (n: bigint, id = 'a', zone = ''): Lease => ({
      ...leaseFixture({ epoch: 'e1', n }, { id, zone }),
      leaseMs: 1_000,
    });

    test('in its order, to whoever follows, and nothing of what was refused', async () => {
      const { store } = opened;
      const renewed = true;
      await store.write({
        ...batch,
        put: [
          { lease: of(2n, 'a', 'x'), renewed },
          { lease: of(3n, 'b'), renewed },
        ],
      });
      await store.write({ ...batch, put: [{ lease: of(1n), renewed }] });
      await store.write({ ...batch, renewed: [of(2n)] });
      await store.write({ ...batch, removed: [of(3n, 'b'), of(1n)] });
      await opened.pass(1_100);
      await store.expire('demo-service', [of(2n)]);
      await store.expire('demo-service', [of(2n)]);
      await eventually(() => expect(told).toEqual(['lost', '+a x', '+b ', '-b 3', '!a 2']));
    });
  });

  describe(`${name} keeps contracts`, () => {
    let opened: OpenStore;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    const contract = (publishedAt: number, byte = publishedAt, service = 'demo-service'): StoredContract => {
      const descriptorSet = Uint8Array.of(0, 255, 10, 13, byte);
      return { service, digest: digestOf(descriptorSet), owner: 'spiffe://x/y', publishedAt, descriptorSet };
    };
    const entryOf = ({ descriptorSet: _bytes, ...entry }: StoredContract) => entry;

    test('of a service, in the order in which they were published, bytes and all', async () => {
      const { store } = opened;
      for (const each of [contract(2), contract(1), contract(2), contract(3, 1), contract(9, 9, 'other')])
        await store.putContract(each);
      const kept = [contract(1), contract(2), contract(3, 1)].map(entryOf);
      expect(await store.contracts('demo-service')).toEqual(kept);
      expect(await store.contracts()).toHaveLength(4);
      expect(await store.descriptorSet('demo-service', contract(2).digest)).toEqual(contract(2).descriptorSet);
      expect(await store.descriptorSet('demo-service', contract(9).digest)).toBeNull();
      expect(await store.contracts('nothing')).toEqual([]);
    });

    test('and since when one is served, for good', async () => {
      const { store } = opened;
      await store.putContract(contract(1));
      await store.putContract({ ...contract(2), servedAt: 50 });
      await store.putContract(contract(2));
      expect(await store.contracts('demo-service')).toEqual([
        entryOf(contract(1)),
        { ...entryOf(contract(2)), servedAt: 50 },
      ]);
    });

    test('and what was said of a publication', async () => {
      const { store } = opened;
      const told = { publishedBy: 'spiffe://x/operator', allowedBreaking: true, note: 'nobody uses it' } as const;
      await store.putContract({ ...contract(1), ...told, servedAt: 50 });
      await store.putContract({ ...contract(1), ...told });
      expect(await store.contracts('demo-service')).toEqual([{ ...entryOf(contract(1)), ...told, servedAt: 50 }]);
    });

    test('up to a bound', async () => {
      const { store } = opened;
      for (let at = 1; at <= KEPT_CONTRACTS + 2; at++) await store.putContract(contract(at));
      const kept = await store.contracts('demo-service');
      expect(kept).toHaveLength(KEPT_CONTRACTS);
      expect(kept[0]!.publishedAt).toBe(3);
      expect(await store.descriptorSet('demo-service', contract(2).digest)).toBeNull();
      expect(await store.descriptorSet('demo-service', contract(3).digest)).not.toBeNull();
    });
  });
}
