import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import type { Caller } from './admission';
import type { Session } from './session';
import { Sessions } from './sessions';

function setUp(count: number) {
  const clock = fakeClock();
  const outcomes = new Map<string, 'valid' | 'invalid' | 'undecidable'>();
  const rechecked: string[] = [];
  const ended: string[] = [];
  const atOnce = { now: 0, most: 0 };
  const sessions = new Sessions({
    clock,
    recheckMs: 10_000,
    maxBacklog: 5,
    admission: {
      async recheck({ principal }: Caller) {
        rechecked.push(principal.subject);
        atOnce.most = Math.max(atOnce.most, ++atOnce.now);
        await Promise.resolve();
        atOnce.now -= 1;
        return outcomes.get(principal.subject) ?? 'valid';
      },
    },
    disconnect: (session, code) => ended.push(`${session.caller.principal.subject} ${code}`),
  });
  const make = (index: number): Session =>
    ({
      caller: { principal: { subject: `u${index}`, sessionId: index === 0 ? '' : `s${index}` } },
      socket: { conn: { writeBuffer: [] as unknown[] } },
      close: () => undefined,
    }) as unknown as Session;
  const all = Array.from({ length: count }, (_, index) => make(index));
  all.forEach((session) => sessions.add(session));
  return { clock, outcomes, rechecked, ended, sessions, all, atOnce };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('every session is checked once per interval, a share each second', async () => {
  const { clock, rechecked } = setUp(30);
  clock.advance(1_000);
  expect(rechecked).toHaveLength(3);
  clock.advance(9_000);
  expect(new Set(rechecked).size).toBe(30);
  expect(rechecked).toHaveLength(30);
});

test('only what is known to be invalid is ended', async () => {
  const { outcomes, ended, sessions } = setUp(3);
  outcomes.set('u1', 'invalid').set('u2', 'undecidable');
  await sessions.recheckAll();
  expect(ended).toEqual(['u1 session_ended']);
});

test('a verdict about a token that has been replaced meanwhile, or a socket that has gone, ends nothing', async () => {
  const { outcomes, ended, sessions, all } = setUp(3);
  outcomes.set('u1', 'invalid').set('u2', 'invalid');
  const checked = sessions.recheckAll();
  Object.assign(all[1]!, { caller: { ...all[1]!.caller } });
  sessions.remove(all[2]!);
  await checked;
  expect(ended).toEqual([]);
});

test('checking all asks about a hundred at once', async () => {
  const { sessions, rechecked, atOnce } = setUp(250);
  await sessions.recheckAll();
  expect(rechecked).toHaveLength(250);
  expect(atOnce.most).toBe(100);
});

test('a session id ends its sessions; no session id is nobody’s', () => {
  const { sessions, ended } = setUp(3);
  sessions.end('');
  sessions.end('s9');
  expect(ended).toEqual([]);
  sessions.end('s2');
  expect(ended).toEqual(['u2 session_ended']);
});

test('a client for whom too much waits is ended', async () => {
  const { clock, ended, all } = setUp(2);
  const buffer = (index: number) => (all[index]!.socket.conn as unknown as { writeBuffer: unknown[] }).writeBuffer;
  buffer(0).push(...Array(5));
  buffer(1).push(...Array(6));
  clock.advance(1_000);
  await settled();
  expect(ended).toEqual(['u1 slow_consumer']);
});

test('closing leaves no timer behind', () => {
  const { clock, sessions } = setUp(1);
  sessions.close();
  expect(clock.pending).toBe(0);
});
