import { expect, test } from '@jest/globals';
import { aRequest } from './dependencies.fixture';
import { MemoryTier, type MemoryEntry } from './memory-tier';

const anEntry = (key: string, more: Partial<MemoryEntry> = {}, bytes = 10): MemoryEntry => ({
  ...aRequest(key),
  response: { status: 200, headers: ['content-type', 'text/plain'], body: Buffer.alloc(bytes) },
  storedAt: 0,
  expiresAt: 1000,
  ...more,
});

test('an entry is there until its time is over', () => {
  const tier = new MemoryTier(100_000);
  tier.put(anEntry('a'));
  expect(tier.get('a', 999)?.key).toBe('a');
  expect(tier.get('a', 1000)).toBeNull();
  expect(tier.count).toBe(0);
  expect(tier.get('b', 0)).toBeNull();
});

test('stays within its bytes: the least recently used go first, and events find what is left', () => {
  const tier = new MemoryTier(100_000);
  for (let i = 0; i < 50; i++) {
    tier.put(anEntry(`${i}`, { events: ['updated'] }, 9000));
    tier.get('0', 0);
    expect(tier.bytes).toBeLessThanOrEqual(100_000);
  }
  expect(tier.count).toBe(9);
  expect(tier.get('0', 0)).not.toBeNull();
  expect(tier.get('1', 0)).toBeNull();
  expect(tier.invalidate({ type: 'updated', fields: {} })).toBe(9);
  expect(tier.bytes).toBe(0);
});

test('an entry that is larger than the tier is not kept, and events do not find it', () => {
  const tier = new MemoryTier(5000);
  tier.put(anEntry('a', { events: ['updated'] }, 6000));
  expect(tier.count).toBe(0);
  expect(tier.invalidate({ type: 'updated', fields: {} })).toBe(0);
});

test('an entry that replaces another takes over its dependencies', () => {
  const tier = new MemoryTier(100_000);
  tier.put(anEntry('a', { events: ['updated'], fields: { id: '1' } }));
  tier.put(anEntry('a', { events: ['updated'], fields: { id: '2' } }));
  expect(tier.invalidate({ type: 'updated', fields: { id: '1' } })).toBe(0);
  expect(tier.invalidate({ type: 'updated', fields: { id: '2' } })).toBe(1);
});

test('a small body does not keep the chunk alive that it came in', () => {
  const tier = new MemoryTier(100_000);
  const chunk = Buffer.alloc(65_536, 'x');
  tier.put(anEntry('small', { response: { status: 200, headers: [], body: chunk.subarray(100, 200) } }));
  tier.put(anEntry('large', { response: { status: 200, headers: [], body: chunk.subarray(0, 40_000) } }));
  expect(tier.get('small', 0)!.response.body.buffer.byteLength).toBe(100);
  expect(tier.get('small', 0)!.response.body.toString()).toBe('x'.repeat(100));
  expect(tier.get('large', 0)!.response.body.buffer).toBe(chunk.buffer);
});

test('drops what depends on events or tags, and only that', () => {
  const tier = new MemoryTier(100_000);
  tier.put(anEntry('a', { events: ['updated'] }));
  tier.put(anEntry('b', { tags: ['x'] }));
  tier.put(anEntry('c'));
  expect(tier.dropDependent()).toBe(2);
  expect(tier.get('c', 0)).not.toBeNull();
  tier.clear();
  expect(tier.count).toBe(0);
});
