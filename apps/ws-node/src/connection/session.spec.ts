import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import type { Caller } from './admission';
import type { ClientSocket } from './client-socket';
import { EventBudget } from './event-budget';
import { Session } from './session';

const HOUR_MS = 3_600_000;

function setUp(lifeMs: number) {
  const clock = fakeClock();
  const events: string[] = [];
  const caller = (life: number, subject = 'ada'): Caller => ({
    principal: {
      subject,
      issuer: 'i',
      sessionId: 's',
      scopes: [],
      kind: 'bearer',
      expiresAt: clock.now() + life,
    },
    credential: { kind: 'bearer', value: 't' },
  });
  const socket = { emit: (event: string) => events.push(event) } as unknown as ClientSocket;
  const session = new Session(socket, caller(lifeMs), {
    clock,
    budget: new EventBudget({ rate: 1, burst: 1 }, clock),
    disconnect: (_, code) => events.push(code),
  });
  session.start();
  return { clock, events, caller, session };
}

test('the end of the token is announced a minute before, once, and comes', () => {
  const { clock, events } = setUp(2 * HOUR_MS);
  clock.advance(2 * HOUR_MS - 60_001);
  expect(events).toEqual([]);
  clock.advance(1);
  expect(events).toEqual(['auth_expiring']);
  clock.advance(59_999);
  expect(events).toEqual(['auth_expiring']);
  clock.advance(1);
  expect(events).toEqual(['auth_expiring', 'token_expired']);
});

test('a token that has ended meanwhile ends the session at once', () => {
  expect(setUp(0).events).toEqual(['token_expired']);
});

test('a life of months, or without an end, doesn’t overflow a timer', () => {
  const { clock, events } = setUp(60 * 24 * HOUR_MS);
  clock.advance(59 * 24 * HOUR_MS);
  expect(events).toEqual([]);
  clock.advance(24 * HOUR_MS);
  expect(events).toEqual(['auth_expiring', 'token_expired']);
  const endless = setUp(Infinity);
  endless.clock.advance(60 * 24 * HOUR_MS);
  expect(endless.events).toEqual([]);
});

test('a fresh token starts anew, another caller’s is refused', () => {
  const { clock, events, caller, session } = setUp(HOUR_MS);
  clock.advance(HOUR_MS - 1);
  expect(() => session.renew(caller(HOUR_MS, 'bob'))).toThrow(expect.objectContaining({ code: 'GW_FORBIDDEN' }));
  session.renew(caller(HOUR_MS));
  clock.advance(HOUR_MS - 1);
  expect(events).toEqual(['auth_expiring', 'auth_expiring']);
});

test('nothing is left behind when the socket has gone', () => {
  const { clock, session } = setUp(HOUR_MS);
  session.close();
  expect(clock.pending).toBe(0);
});

test('what a client asks for is done in turn, and only so much of it waits', async () => {
  const { session } = setUp(HOUR_MS);
  const done: number[] = [];
  const first = Promise.withResolvers<void>();
  expect(session.inTurn(() => first.promise.then(() => void done.push(0)))).toBe(true);
  const accepted = Array.from({ length: 120 }, (_, index) => session.inTurn(async () => void done.push(index + 1)));
  expect(accepted.filter(Boolean)).toHaveLength(99);
  first.resolve();
  const last = Promise.withResolvers<void>();
  await first.promise;
  await new Promise((resolve) => setImmediate(resolve));
  expect(session.inTurn(async () => last.resolve())).toBe(true);
  await last.promise;
  expect(done).toEqual(Array.from({ length: 100 }, (_, index) => index));
});
