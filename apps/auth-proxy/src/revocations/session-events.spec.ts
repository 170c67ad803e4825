import { expect, test } from '@jest/globals';
import { memoryEventBus, type DomainEvent, type EventHistory } from '@gateway/events';
import { RevocationSet } from '@gateway/identity';
import { fakeClock } from '@gateway/testing';
import { SessionEvents } from './session-events';

const MAX_TOKEN_LIFE_MS = 60_000;

function start() {
  const clock = fakeClock();
  const bus = memoryEventBus({ clock });
  const gaps: (() => void)[] = [];
  const history: DomainEvent[] = [];
  const readable: Pick<typeof bus, 'subscribe' | 'onGap' | 'history'> = {
    subscribe: (types, handler) => bus.subscribe(types, handler),
    onGap(listener) {
      gaps.push(() => listener({ from: '1-0', to: '2-0' }));
      return () => undefined;
    },
    history: async (): Promise<EventHistory> => ({
      records: history.map((event) => ({ event, revision: '1-0' })),
      after: '0-0',
    }),
  };
  const revocations = new RevocationSet(clock);
  const invalidated: (string | undefined)[] = [];
  const permissions = { invalidate: (subject?: string) => void invalidated.push(subject) };
  const events = new SessionEvents(readable, { revocations, permissions, maxTokenLifeMs: MAX_TOKEN_LIFE_MS });
  let id = 0;
  const event = (type: string, fields: Record<string, string>, agoMs = 0): DomainEvent => ({
    id: `e-${id++}`,
    type,
    time: new Date(clock.now() - agoMs).toISOString(),
    origin: 'test',
    traceparent: '',
    fields,
    room: '',
  });
  return { clock, bus, events, revocations, invalidated, history, event, gap: () => gaps.forEach((each) => each()) };
}

test('a logout revokes its session until no token of it can live, counted from when it happened', async () => {
  const { clock, bus, revocations, event } = start();
  await bus.publish(event('user_logout', { user_id: 'u', session_id: 's-1' }, 10_000));
  expect(revocations.inForce()).toEqual([{ sessionId: 's-1', until: clock.now() + MAX_TOKEN_LIFE_MS - 10_000 }]);
});

test.each([{}, { session_id: '' }, { session_id: 'a\nb' }, { session_id: 'x'.repeat(256) }])(
  'a logout without a usable session is ignored: %j',
  async (fields) => {
    const { bus, revocations, event } = start();
    await bus.publish(event('user_logout', fields as Record<string, string>));
    expect(revocations.size).toBe(0);
  },
);

test('changed permissions are asked again: of one subject, or of all', async () => {
  const { bus, invalidated, event } = start();
  await bus.publish(event('permission_changed', { user_id: 'u-1' }));
  await bus.publish(event('permission_changed', {}));
  await bus.publish(event('project_updated', { user_id: 'u-1' }));
  expect(invalidated).toEqual(['u-1', undefined]);
});

test('what happened while nobody listened is caught up with, at the start and after a gap', async () => {
  const { events, revocations, history, invalidated, event, gap } = start();
  history.push(event('user_logout', { session_id: 's-1' }), event('project_updated', { session_id: 's-2' }));
  await events.catchUp();
  expect([revocations.has('s-1'), revocations.has('s-2')]).toEqual([true, false]);
  history.push(event('user_logout', { session_id: 's-3' }));
  gap();
  await new Promise((resolve) => setImmediate(resolve));
  expect(revocations.has('s-3')).toBe(true);
  expect(invalidated).toEqual([undefined, undefined]);
});

test('after closing nothing is heard', async () => {
  const { bus, events, revocations, event } = start();
  events.close();
  await bus.publish(event('user_logout', { session_id: 's-1' }));
  expect(revocations.size).toBe(0);
});
