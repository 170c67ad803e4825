import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { connectRedis, type RedisClient } from '@gateway/redis';
import { eventually, fakeClock, type FakeClock, startRedis, type TestRedis } from '@gateway/testing';
import { alone } from './members';
import { HEARTBEAT_COUNTS_MS, HEARTBEAT_MS, RedisMembers } from './redis-members';
import { SharedTime } from './shared-time';

// Real sockets on a machine that others use too.
jest.setTimeout(30_000);

const DAEMONS = 'gw:{reg:*}:daemons';

let server: TestRedis;
let redis: RedisClient;
/** The daemons' own time; Redis' goes on by itself. */
let clock: FakeClock;
let time: SharedTime;
let started: RedisMembers[];

beforeAll(async () => {
  server = await startRedis({ restricted: true });
  redis = connectRedis({ url: server.url, caFile: server.caFile, clock: systemClock });
});
afterAll(async () => {
  await redis.close();
  await server.stop();
});
beforeEach(async () => {
  await server.restart();
  await redis.ready(5_000);
  clock = fakeClock();
  time = new SharedTime(clock);
  started = [];
});
afterEach(async () => {
  for (const members of started) await members.stop();
});

async function member(self: string): Promise<RedisMembers> {
  const members = new RedisMembers({ redis, clock, self, time });
  started.push(members);
  await members.start();
  return members;
}
/** As if that daemon's last heartbeat had come that long ago. */
const age = (self: string, ms: number) => redis.command('ZINCRBY', DAEMONS, -ms, self);

test('a daemon without a store is alone', () => {
  const members = alone('a');
  members.onChange(() => undefined)();
  expect([members.self, members.live()]).toEqual(['a', ['a']]);
});

test('daemons find one another, and take Redis’ time', async () => {
  clock.setNow(0);
  const b = await member('b');
  let changes = 0;
  const unsubscribe = b.onChange(() => (changes += 1));
  expect([b.self, b.live()]).toEqual(['b', ['b']]);
  const a = await member('a');
  expect(a.live()).toEqual(['a', 'b']);
  clock.advance(HEARTBEAT_MS);
  await eventually(() => expect(b.live()).toEqual(['a', 'b']));
  expect(changes).toBe(1);
  unsubscribe();
  expect(Math.abs(time.now() - Date.now())).toBeLessThan(60_000);
  expect(await redis.command('PTTL', DAEMONS)).toBeGreaterThan(0);
});

test('one that is silent counts no more within ten seconds, one that leaves at once', async () => {
  const [a, b, c] = [await member('a'), await member('b'), await member('c')];
  clock.advance(HEARTBEAT_MS);
  await eventually(() => expect(a.live()).toEqual(['a', 'b', 'c']));
  await b.stop();
  started = [a, c];
  clock.advance(HEARTBEAT_MS);
  await eventually(() => expect(a.live()).toEqual(['a', 'c']));
  await redis.command('ZADD', DAEMONS, Date.now(), 'dead');
  clock.advance(HEARTBEAT_MS);
  await eventually(() => expect(a.live()).toEqual(['a', 'c', 'dead']));
  await age('dead', HEARTBEAT_COUNTS_MS + 10);
  clock.advance(HEARTBEAT_MS);
  await eventually(() => expect(a.live()).toEqual(['a', 'c']));
  expect(HEARTBEAT_COUNTS_MS + HEARTBEAT_MS).toBeLessThan(10_000);
});

test('while Redis is away the list stands, and an emptied Redis makes nobody vanish', async () => {
  const a = await member('a');
  await redis.command('ZADD', DAEMONS, Date.now(), 'b');
  clock.advance(HEARTBEAT_MS);
  await eventually(() => expect(a.live()).toEqual(['a', 'b']));
  await server.kill();
  clock.advance(60_000);
  await eventually(() => expect(redis.state()).toBe('down'));
  clock.advance(HEARTBEAT_MS);
  expect(a.live()).toEqual(['a', 'b']);
  await server.restart();
  await redis.ready(5_000);
  await eventually(async () => {
    clock.advance(10);
    clock.advance(HEARTBEAT_MS - 10);
    expect(await redis.command('ZCARD', DAEMONS)).toBe(1);
  });
  expect(a.live()).toEqual(['a', 'b']);
  // It had its time to come back.
  await eventually(async () => {
    clock.advance(HEARTBEAT_MS);
    expect(a.live()).toEqual(['a']);
  });
});
