import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { startRedis, type TestRedis } from '@gateway/testing';
import fc from 'fast-check';
import { appendToStream, connectRedis, readStream, readStreamEnd, streamEntries, type RedisClient } from './index';

const KEY = 'gw:{spec}:stream';
let server: TestRedis;
let redis: RedisClient;

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis({ url: server.url, caFile: server.caFile, clock: systemClock });
  await redis.ready(5000);
});
beforeEach(() => server.flush());
afterAll(async () => {
  await redis.close();
  await server.stop();
});

const append = (value: string) => appendToStream(redis, KEY, ['v', value], 1000);
const values = (entries: { fields: readonly string[] }[]) => entries.map(({ fields }) => fields[1]);

test('entries are read in order, from or after an id, up to a count', async () => {
  await append('a');
  const b = await append('b');
  await append('c');
  expect(values(await readStream(redis, KEY, { from: '-', inclusive: true, count: 10 }))).toEqual(['a', 'b', 'c']);
  expect(values(await readStream(redis, KEY, { from: '-', inclusive: true, count: 2 }))).toEqual(['a', 'b']);
  expect(values(await readStream(redis, KEY, { from: b, inclusive: true, count: 10 }))).toEqual(['b', 'c']);
  expect(values(await readStream(redis, KEY, { from: b, inclusive: false, count: 10 }))).toEqual(['c']);
});

test('the end is read oldest first', async () => {
  for (const value of ['a', 'b', 'c']) await append(value);
  expect(values(await readStreamEnd(redis, KEY, 2))).toEqual(['b', 'c']);
});

test('a stream that is not there is empty', async () => {
  expect(await readStream(redis, KEY, { from: '-', inclusive: true, count: 10 })).toEqual([]);
  expect(await readStreamEnd(redis, KEY, 1)).toEqual([]);
});

test('a stream stays about as long as it was told', async () => {
  for (let i = 0; i < 500; i++) void appendToStream(redis, KEY, ['v', String(i)], 100);
  expect(await redis.command('XLEN', KEY)).toBeLessThan(250);
});

test('a reply of any form is read as entries or left out', () => {
  fc.assert(
    fc.property(fc.anything(), (reply) => {
      for (const { id, fields } of streamEntries([reply, ...(Array.isArray(reply) ? reply : [])])) {
        expect(typeof id).toBe('string');
        expect(fields.every((field) => typeof field === 'string')).toBe(true);
      }
    }),
  );
});
