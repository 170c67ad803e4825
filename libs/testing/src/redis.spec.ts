import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { eventually, startRedis, type TestRedis } from './index';

let redis: TestRedis;

beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(() => redis.flush());
afterAll(() => redis.stop());

test('it answers over TLS, with its password only', async () => {
  expect(redis.url).toBe(`rediss://gateway:${redis.password}@localhost:${redis.port}`);
  expect(await redis.command('SET', 'gw:a', '1')).toBe('OK');
  await expect(redis.command('NONSENSE')).rejects.toThrow(/unknown command/i);
});

test('killed it is gone; restarted it is empty and on the same port', async () => {
  await redis.command('SET', 'gw:a', '1');
  await redis.kill();
  await expect(redis.command('PING')).rejects.toThrow('ECONNREFUSED');
  await redis.restart();
  expect(await redis.command('EXISTS', 'gw:a')).toBe('0');
});

test('paused it accepts connections and answers only when resumed', async () => {
  redis.pause();
  let answer = '';
  const asked = redis.command('PING').then((each) => (answer = each));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(answer).toBe('');
  redis.resume();
  expect(await asked).toBe('PONG');
});

test('read-only it refuses writes, and takes them again afterwards', async () => {
  await redis.readonly(true);
  await expect(redis.command('SET', 'gw:a', '1')).rejects.toThrow('READONLY');
  await redis.readonly(false);
  await eventually(async () => expect(await redis.command('SET', 'gw:a', '1')).toBe('OK'));
});

test('restricted, the platform reaches its own keys only', async () => {
  const restricted = await startRedis({ restricted: true });
  expect(await restricted.command('SET', 'gw:a', '1')).toBe('OK');
  await expect(restricted.command('SET', 'other', '1')).rejects.toThrow('NOPERM');
  await expect(restricted.command('FLUSHALL')).rejects.toThrow('NOPERM');
  await restricted.stop();
  expect(existsSync(dirname(restricted.caFile))).toBe(false);
});
