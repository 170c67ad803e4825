import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { leaseFixture } from '../lease/lease.fixture';
import { MemoryRegistryStore } from './memory-registry-store';
import { GONE_MS } from './registry-store';
import { registryStoreConformance } from './registry-store.conformance';

registryStoreConformance('memory', async () => {
  const clock = fakeClock();
  const store = new MemoryRegistryStore('life-1', clock);
  return { store, other: store, close: async () => undefined, pass: async (ms) => clock.advance(ms) };
});

test('memory forgets that a life was given up, after a while', async () => {
  const clock = fakeClock();
  const store = new MemoryRegistryStore('life-1', clock);
  const lease = leaseFixture({ epoch: 'e1', n: 1n });
  const batch = { service: 'demo-service', put: [], renewed: [], removed: [], n: 1n };
  await store.write({ ...batch, removed: [lease] });
  clock.advance(GONE_MS);
  await store.load();
  const { gone } = await store.write({ ...batch, put: [{ lease, renewed: true }] });
  expect(gone).toEqual([]);
});
