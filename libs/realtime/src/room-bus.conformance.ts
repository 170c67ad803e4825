import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@gateway/testing';
import type { RoomMessage } from './message';
import { MAX_MESSAGE_BYTES } from './message';
import type { RoomBus } from './room-bus';

/** What an implementation is tried with. */
export interface RoomBusSetup {
  /** A bus of one more node on the same rooms. */
  connect(): Promise<RoomBus> | RoomBus;
  close(): Promise<void>;
}

/** A room that no other test uses. */
export const freshRoom = (): string => `thing:${randomUUID()}`;

/** Collects what a bus delivers. */
export function collect(bus: RoomBus): RoomMessage[] {
  const messages: RoomMessage[] = [];
  bus.onMessage((message) => messages.push(message));
  return messages;
}

/** The behaviour that every RoomBus has. */
export function roomBusConformance(setUp: () => Promise<RoomBusSetup>): void {
  let setup: RoomBusSetup;
  let [here, there]: RoomBus[] = [];
  beforeAll(async () => {
    setup = await setUp();
    [here, there] = [await setup.connect(), await setup.connect()];
  });
  afterAll(async () => {
    await here!.close();
    await there!.close();
    await setup.close();
  });
  const say = (bus: RoomBus, room: string, data: number | string) => bus.publish({ room, event: 'said', data });

  test('a message reaches every node of its room once, whole', async () => {
    const room = freshRoom();
    const [atHere, atThere] = [collect(here!), collect(there!)];
    await Promise.all([here!.subscribe(room), there!.subscribe(room)]);
    const data = { text: 'grüße', list: [1, null, true] };
    const published = await here!.publish({ room, event: 'said', data });
    await eventually(() => expect([atHere.length, atThere.length]).toEqual([1, 1]));
    expect(atThere[0]).toEqual({ ...published, room, event: 'said', data, time: expect.any(Number) });
    expect(atHere).toEqual(atThere);
  });

  test('messages of several publishers arrive in one order, once', async () => {
    const room = freshRoom();
    const [atHere, atThere] = [collect(here!), collect(there!)];
    await Promise.all([here!.subscribe(room), there!.subscribe(room)]);
    const numbers = Array.from({ length: 300 }, (_, index) => index);
    await Promise.all(numbers.map((each) => say(each % 2 ? here! : there!, room, each)));
    await eventually(() => expect([atHere.length, atThere.length]).toEqual([300, 300]));
    expect(atHere.map(({ offset }) => offset)).toEqual(atThere.map(({ offset }) => offset));
    expect(new Set(atHere.map(({ data }) => data)).size).toBe(300);
  });

  test('one publisher’s messages arrive as it sent them', async () => {
    const room = freshRoom();
    const received = collect(there!);
    await there!.subscribe(room);
    for (let each = 0; each < 20; each++) await say(here!, room, each);
    await eventually(() => expect(received).toHaveLength(20));
    expect(received.map(({ data }) => data)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  test('only what comes after the returned offset arrives', async () => {
    const room = freshRoom();
    const before = await say(here!, room, 'before');
    const received = collect(there!);
    expect(await there!.subscribe(room)).toBe(before.offset);
    const after = await say(here!, room, 'after');
    await eventually(() => expect(received.map(({ data }) => data)).toEqual(['after']));
    expect(await there!.subscribe(room)).toBe(after.offset);
  });

  test('a room that nobody here follows isn’t heard', async () => {
    const [followed, other] = [freshRoom(), freshRoom()];
    const received = collect(there!);
    await there!.subscribe(followed);
    await say(here!, other, 'no');
    await say(here!, followed, 'yes');
    await eventually(() => expect(received.map(({ data }) => data)).toEqual(['yes']));
  });

  test('nothing arrives after unsubscribing, and following again begins at the present', async () => {
    const [room, marker] = [freshRoom(), freshRoom()];
    const received = collect(there!);
    await there!.subscribe(room);
    await there!.subscribe(marker);
    there!.unsubscribe(room);
    await say(here!, room, 'missed');
    await say(here!, marker, 'marker');
    await eventually(() => expect(received).toHaveLength(1));
    await there!.subscribe(room);
    await say(here!, room, 'again');
    await eventually(() => expect(received.map(({ data }) => data)).toEqual(['marker', 'again']));
  });

  test('unsubscribing while subscribing, and subscribing at once again, ends up following', async () => {
    const room = freshRoom();
    const received = collect(there!);
    const first = there!.subscribe(room).catch(() => undefined);
    there!.unsubscribe(room);
    await there!.subscribe(room);
    await first;
    await say(here!, room, 'heard');
    await eventually(() => expect(received.map(({ data }) => data)).toEqual(['heard']));
  });

  test('a handler that was taken back hears nothing', async () => {
    const room = freshRoom();
    const received = collect(there!);
    const silent: RoomMessage[] = [];
    there!.onMessage((message) => silent.push(message))();
    await there!.subscribe(room);
    await say(here!, room, 'one');
    await eventually(() => expect(received).toHaveLength(1));
    expect(silent).toEqual([]);
  });

  test.each([
    ['a room', { room: 'nowhere', event: 'said', data: 1 }, 'GW_INVALID_FIELD'],
    ['an event', { room: 'thing:1', event: 'disconnect', data: 1 }, 'GW_INVALID_FIELD'],
    ['data', { room: 'thing:1', event: 'said', data: Buffer.from('x') as never }, 'GW_INVALID_FIELD'],
    ['a size', { room: 'thing:1', event: 'said', data: 'x'.repeat(MAX_MESSAGE_BYTES) }, 'GW_BODY_TOO_LARGE'],
  ])('%s that can’t be is refused', async (_, draft, code) => {
    await expect(here!.publish(draft)).rejects.toMatchObject({ code });
  });

  test('a closed bus refuses', async () => {
    const bus = await setup.connect();
    await bus.close();
    await expect(say(bus, freshRoom(), 1)).rejects.toMatchObject({ code: 'GW_UNAVAILABLE' });
    await expect(bus.subscribe(freshRoom())).rejects.toMatchObject({ code: 'GW_UNAVAILABLE' });
  });
}
