import { equals } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { digestOf, registryV1 } from '@gateway/contracts';
import type { Lease } from '../lease/lease';
import { leaseFixture } from '../lease/lease.fixture';
import type { RegistryStore, StoredContract } from './registry-store';

/** What every store does. `open` gives an empty one that is available. */
export function registryStoreConformance(
  name: string,
  open: () => Promise<{ store: RegistryStore; close: () => Promise<void> }>,
): void {
  describe(`${name} keeps the registry`, () => {
    let store: RegistryStore;
    let close: () => Promise<void>;

    beforeEach(async () => ({ store, close } = await open()));
    afterEach(() => close());

    const lease = (n: bigint, change: Parameters<typeof leaseFixture>[1] = {}, epoch = 'e1'): Lease =>
      leaseFixture({ epoch, n }, change);
    const generations = async (): Promise<string[]> =>
      (await store.load()).leases.map(({ id, generation: { epoch, n } }) => `${id}@${epoch}.${n}`).sort();

    test('is empty at first, and says which life it is in', async () => {
      expect(await store.load()).toEqual({ n: 0n, leases: [] });
      expect(await store.loadContracts()).toEqual([]);
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
      await store.write('demo-service', [written], [], 3n);
      const { n, leases } = await store.load();
      expect(n).toBe(3n);
      expect(leases).toHaveLength(1);
      const { instance, ...rest } = leases[0]!;
      const { instance: expected, ...same } = written;
      expect(rest).toEqual(same);
      expect(equals(registryV1.InstanceSchema, instance, expected)).toBe(true);
    });

    test('keeps services apart', async () => {
      await store.write('demo-service', [lease(1n)], [], 1n);
      await store.write('other', [lease(2n, { service: 'other' })], [], 2n);
      await store.write('other', [], [lease(2n, { service: 'other' })], 3n);
      expect(await generations()).toEqual(['a@e1.1']);
    });

    test('takes a newer generation and refuses an older one', async () => {
      await store.write('demo-service', [lease(9n)], [], 9n);
      await store.write('demo-service', [lease(10n)], [], 10n);
      await store.write('demo-service', [lease(9n, { zone: 'late' })], [], 10n);
      expect(await generations()).toEqual(['a@e1.10']);
    });

    test('takes a generation of another epoch, which has no order', async () => {
      await store.write('demo-service', [lease(9n)], [], 9n);
      await store.write('demo-service', [lease(2n, {}, 'e2')], [], 9n);
      expect(await generations()).toEqual(['a@e2.2']);
    });

    test('removes a lease and its former ones, and not a newer one', async () => {
      await store.write('demo-service', [lease(5n), lease(6n, { id: 'b' }), lease(7n, { id: 'c' })], [], 7n);
      await store.write('demo-service', [], [lease(5n), lease(8n, { id: 'b' }), lease(6n, { id: 'c' })], 8n);
      expect(await generations()).toEqual(['c@e1.7']);
      await store.write('demo-service', [], [lease(99n, { id: 'nobody' })], 9n);
      expect(await generations()).toEqual(['c@e1.7']);
    });

    test('writes and removes in one go', async () => {
      await store.write('demo-service', [lease(1n)], [], 1n);
      await store.write('demo-service', [lease(2n, { id: 'b' })], [lease(1n)], 2n);
      expect(await generations()).toEqual(['b@e1.2']);
    });

    test('never counts back, beyond what a double holds', async () => {
      const big = 9_007_199_254_740_995n;
      await store.write('demo-service', [lease(big)], [], big);
      await store.write('demo-service', [lease(big - 1n)], [], 7n);
      expect((await store.load()).n).toBe(big);
      expect(await generations()).toEqual([`a@e1.${big}`]);
    });

    test('keeps the contract of a service, bytes and all', async () => {
      const contract: StoredContract = {
        service: 'demo-service',
        digest: digestOf(Uint8Array.of(0, 255, 10, 13)),
        owner: 'spiffe://gateway.local/demo',
        publishedAt: 1_767_225_600_000,
        descriptorSet: Uint8Array.of(0, 255, 10, 13),
      };
      await store.putContract({ ...contract, descriptorSet: Uint8Array.of(1) });
      await store.putContract(contract);
      expect(await store.loadContracts()).toEqual([contract]);
    });
  });
}
