import { beforeEach, expect, test } from '@jest/globals';
import { GatewayError } from '@gateway/errors';
import { Hub, type Fanout, type Member } from './hub';

const ROOM = 'kiln:k1';
const [ada, bob]: Member[] = [{ id: 'a' }, { id: 'b' }];

let followed: Set<string>;
let sent: string[];
let failing: boolean;
let hub: Hub<Member>;

beforeEach(() => {
  followed = new Set();
  sent = [];
  failing = false;
  const members = new Map<string, Set<Member>>();
  const fanout: Fanout<Member> = {
    add: (member, room) => void members.set(room, (members.get(room) ?? new Set()).add(member)),
    remove: (member, room) => void members.get(room)?.delete(member),
    emit: (room, event) => members.get(room)?.forEach((member) => sent.push(`${member.id} ${event}`)),
  };
  const bus = {
    async subscribe(room: string) {
      if (failing) throw new GatewayError('GW_UNAVAILABLE');
      followed.add(room);
      return '7';
    },
    unsubscribe: (room: string) => void followed.delete(room),
  };
  hub = new Hub(bus, fanout);
});

const say = (): number => hub.emit('said', { id: '1', room: ROOM, offset: '8', time: '', data: null });

test('a room is followed from its first member here until its last has left', async () => {
  expect(await hub.join(ada!, ROOM)).toBe('7');
  await hub.join(ada!, ROOM);
  await hub.join(bob!, ROOM);
  expect(say()).toBe(2);
  hub.leave(ada!, ROOM);
  hub.leave(ada!, ROOM);
  expect([...followed]).toEqual([ROOM]);
  expect(say()).toBe(1);
  hub.leaveAll(bob!);
  expect([...followed]).toEqual([]);
  expect(say()).toBe(0);
  expect(sent).toEqual(['a said', 'b said', 'b said']);
});

test('a room that cannot be followed is not joined', async () => {
  failing = true;
  await expect(hub.join(ada!, ROOM)).rejects.toMatchObject({ code: 'GW_UNAVAILABLE' });
  expect(hub.roomsOf(ada!)).toEqual([]);
  expect(hub.rooms).toBe(0);
});

test('it knows who is where', async () => {
  await hub.join(ada!, ROOM);
  await hub.join(ada!, 'kiln:k2');
  await hub.join(bob!, ROOM);
  expect(hub.roomsOf(ada!)).toEqual([ROOM, 'kiln:k2']);
  expect(hub.sizes()).toEqual([
    { room: ROOM, members: 2 },
    { room: 'kiln:k2', members: 1 },
  ]);
});
