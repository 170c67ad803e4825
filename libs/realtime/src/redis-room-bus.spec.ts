import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { connectRedis, type RedisClient } from '@gateway/redis';
import { eventually, startRedis, type TestRedis } from '@gateway/testing';
import { redisRoomBus } from './redis-room-bus';
import type { RoomBus } from './room-bus';
import { collect, freshRoom, roomBusConformance } from './room-bus.conformance';
import { ROOM_LOG_LIMITS, RoomLog } from './room-log';

const connect = async ({ url, caFile }: TestRedis): Promise<RedisClient> => {
  const redis = connectRedis({ url, caFile, clock: systemClock });
  await redis.ready(5_000);
  return redis;
};

describe('conformance', () => {
  roomBusConformance(async () => {
    const server = await startRedis();
    const clients: RedisClient[] = [];
    return {
      async connect() {
        const redis = await connect(server);
        clients.push(redis);
        return redisRoomBus({ redis, clock: systemClock });
      },
      async close() {
        await Promise.all(clients.map((client) => client.close()));
        await server.stop();
      },
    };
  });
});

describe('over a Redis that has its troubles', () => {
  let server: TestRedis;
  let [writer, reader]: RedisClient[] = [];
  let [here, there]: RoomBus[] = [];
  const unreadable: string[] = [];

  beforeAll(async () => {
    server = await startRedis();
    [writer, reader] = [await connect(server), await connect(server)];
    here = redisRoomBus({ redis: writer, clock: systemClock });
    there = redisRoomBus({ redis: reader, clock: systemClock, onUnreadable: (room) => unreadable.push(room) });
  });
  afterAll(async () => {
    await Promise.all([here!.close(), there!.close()]);
    await Promise.all([writer!.close(), reader!.close()]);
    await server.stop();
  });
  const say = (room: string, data: number | string) => here!.publish({ room, event: 'said', data });

  test('a lost hint costs less than a second', async () => {
    const room = freshRoom();
    const received = collect(there!);
    await there!.subscribe(room);
    // Appended without its hint.
    await writer!.command('XADD', RoomLog.key(room), '*', 'm', '["id-1","said",1]');
    await eventually(() => expect(received).toHaveLength(1), { within: 1_000 });
  });

  test('a room’s log is bounded in length and life', async () => {
    const room = freshRoom();
    await Promise.all(Array.from({ length: ROOM_LOG_LIMITS.messages + 300 }, (_, each) => say(room, each)));
    const length = await writer!.command<number>('XLEN', RoomLog.key(room));
    expect(length).toBeGreaterThanOrEqual(ROOM_LOG_LIMITS.messages);
    expect(length).toBeLessThan(ROOM_LOG_LIMITS.messages + 200);
    const life = await writer!.command<number>('PTTL', RoomLog.key(room));
    expect(life).toBeGreaterThan(ROOM_LOG_LIMITS.lifeMs - 10_000);
  });

  test('a poisoned entry is dropped and counted, the next one arrives', async () => {
    const room = freshRoom();
    const received = collect(there!);
    await there!.subscribe(room);
    await writer!.command('XADD', RoomLog.key(room), '*', 'm', '{"no":"message"}');
    await writer!.command('XADD', RoomLog.key(room), '*', 'x', '');
    await say(room, 'good');
    await eventually(() => expect(received.map(({ data }) => data)).toEqual(['good']));
    expect(unreadable).toEqual([room, room]);
  });

  test('Redis killed: both sides say so; back again, empty: it works within 2 s, nothing comes twice', async () => {
    const [room, other] = [freshRoom(), freshRoom()];
    const received = collect(there!);
    await there!.subscribe(room);
    await say(room, 'before');
    await eventually(() => expect(received).toHaveLength(1));

    await server.kill();
    await expect(say(room, 'lost')).rejects.toMatchObject({ code: 'GW_UNAVAILABLE' });
    await expect(there!.subscribe(other)).rejects.toMatchObject({ code: 'GW_UNAVAILABLE' });

    await server.restart();
    await eventually(() => say(room, 'after'), { within: 2_000 });
    await eventually(() => expect(received.at(-1)?.data).toBe('after'), { within: 2_000 });
    await eventually(() => there!.subscribe(other), { within: 2_000 });
    expect(received.map(({ data }) => data)).toEqual(['before', 'after']);
  });

  test('messages whose offsets are lower than before, because the clock was set back, arrive', async () => {
    const room = freshRoom();
    const received = collect(there!);
    await there!.subscribe(room);
    const future = `${Date.now() + 3_600_000}-0`;
    await writer!.command('XADD', RoomLog.key(room), future, 'm', '["id-1","said","future"]');
    await eventually(() => expect(received).toHaveLength(1));
    await server.kill();
    await server.restart();
    await eventually(() => say(room, 'present'), { within: 2_000 });
    await eventually(() => expect(received.map(({ data }) => data)).toEqual(['future', 'present']), { within: 3_000 });
  });

  test('more rooms than one look takes are swept, too', async () => {
    const rooms = Array.from({ length: 300 }, freshRoom);
    const received = collect(there!);
    await Promise.all(rooms.map((room) => there!.subscribe(room)));
    await Promise.all(rooms.map((room) => writer!.command('XADD', RoomLog.key(room), '*', 'm', '["id-1","said",1]')));
    await eventually(() => expect(received).toHaveLength(300), { within: 2_000 });
    expect(new Set(received.map(({ room }) => room))).toEqual(new Set(rooms));
  });

  test('a follower that was away reads on where it was, in more than one read', async () => {
    const room = freshRoom();
    const received = collect(there!);
    await there!.subscribe(room);
    await writer!.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    const numbers = Array.from({ length: 450 }, (_, index) => index);
    for (const number of numbers)
      await writer!.command('XADD', RoomLog.key(room), '*', 'm', `["id-${number}","said",${number}]`);
    await eventually(() => expect(received.map(({ data }) => data)).toEqual(numbers), { within: 2_000 });
  });
});
