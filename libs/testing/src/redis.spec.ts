import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startRedis, type TestRedis } from './redis';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

test('a restart comes back empty on the same port', async () => {
  expect(await redis.command('SET', 'a', '1')).toBe('+OK');
  expect(await redis.command('GET', 'a')).toBe('$1\n1');
  await redis.restart();
  expect(await redis.command('GET', 'a')).toBe('$-1');
});

test('a paused one answers once it is resumed', async () => {
  redis.pause();
  const late = redis.command('PING');
  redis.resume();
  expect(await late).toBe('+PONG');
});

test('a killed one refuses connections', async () => {
  await redis.kill();
  await expect(redis.command('PING')).rejects.toThrow('ECONNREFUSED');
  await redis.restart();
});
