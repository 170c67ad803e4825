import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { connectRedis, type RedisClient } from '@gateway/redis';
import { eventually, startRedis, type TestRedis } from '@gateway/testing';
import { MAX_REPORTERS } from './report-book';
import { RedisReportStore } from './redis-report-store';

// Real sockets on a machine that others use too.
jest.setTimeout(30_000);

const BYTES = Uint8Array.of(0, 255, 10, 13);

let server: TestRedis;
let clients: RedisClient[];
let one: RedisReportStore;
let two: RedisReportStore;

// With the development platform's ACL: a key outside of `gw:` or a dangerous command would be refused.
beforeAll(async () => {
  server = await startRedis({ restricted: true });
});
afterAll(() => server.stop());
beforeEach(async () => {
  await server.restart();
  clients = ['a', 'b'].map(() => connectRedis({ url: server.url, caFile: server.caFile, clock: systemClock }));
  await Promise.all(clients.map((client) => client.ready(5_000)));
  [one, two] = clients.map((redis) => new RedisReportStore(redis)) as [RedisReportStore, RedisReportStore];
});
afterEach(async () => void (await Promise.all(clients.map((client) => client.close()))));

const keys = async (): Promise<string[]> =>
  (await clients[0]!.command<string[]>('ZRANGE', 'gw:{reg:*}:reports', 0, -1)).sort();

test('what one daemon puts, another reads once, bytes and all', async () => {
  await one.put('edge-1', BYTES, 5_000);
  await one.put('edge-2', BYTES, 5_000);
  const found = await two.fresh();
  expect(found.map(({ reporter }) => reporter).sort()).toEqual(['edge-1', 'edge-2']);
  for (const { bytes, leftMs } of found) {
    expect(new Uint8Array(bytes)).toEqual(BYTES);
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(5_000);
  }
  expect(await two.fresh()).toEqual([]);
});

test('a reporter’s next report takes the place of the former one', async () => {
  await one.put('edge-1', BYTES, 5_000);
  await two.fresh();
  // Reports come two seconds apart; two within one millisecond of Redis' clock look alike.
  await eventually(async () => {
    await one.put('edge-1', Uint8Array.of(7), 5_000);
    expect((await two.fresh()).map(({ bytes }) => [...bytes])).toEqual([[7]]);
  });
});

test('a report is gone when its time is over, and every key ends', async () => {
  await one.put('edge-1', BYTES, 50);
  for (const key of ['gw:{reg:*}:reports', 'gw:{reg:*}:reports:edge-1'])
    expect(await clients[0]!.command<number>('PTTL', key)).not.toBe(-1);
  await eventually(async () => (await clients[0]!.command<number>('PTTL', 'gw:{reg:*}:reports:edge-1')) === -2);
  expect(await two.fresh()).toEqual([]);
});

test('reporters that went are forgotten, and there is a bound on them', async () => {
  const before = String(systemClock.now() - 61_000);
  const others = Array.from({ length: MAX_REPORTERS - 1 }, (_each, n) => [String(systemClock.now()), `edge-${n}`]);
  await clients[0]!.command('ZADD', 'gw:{reg:*}:reports', ...others.flat());
  await clients[0]!.command('ZADD', 'gw:{reg:*}:reports', before, 'gone');
  await one.put('last', BYTES, 5_000);
  await one.put('one-more', BYTES, 5_000);
  const known = await keys();
  expect(known).toHaveLength(MAX_REPORTERS);
  expect(known).toContain('last');
  expect(known).not.toContain('one-more');
  expect((await two.fresh()).map(({ reporter }) => reporter)).toEqual(['last']);
});

test('without Redis it says so', async () => {
  await server.stop();
  await expect(one.put('edge-1', BYTES, 5_000)).rejects.toThrow();
  await expect(one.fresh()).rejects.toThrow();
  server = await startRedis({ restricted: true });
});
