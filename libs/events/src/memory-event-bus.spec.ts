import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { anEvent, eventBusConformance } from './event-bus.conformance';
import { memoryEventBus } from './memory-event-bus';

eventBusConformance('the memory bus', async () => memoryEventBus({ clock: fakeClock() }));

test('handlers have run when publish resolves', async () => {
  const bus = memoryEventBus({ clock: fakeClock() });
  const heard: string[] = [];
  bus.subscribe('*', ({ type }) => heard.push(type));
  await bus.publish(anEvent('a'));
  expect(heard).toEqual(['a']);
});

test('an id is remembered for an hour', async () => {
  const clock = fakeClock();
  const bus = memoryEventBus({ clock });
  const event = anEvent('a');
  await bus.publish(event, { dedupe: true });
  clock.advance(3_599_999);
  expect((await bus.publish(event, { dedupe: true })).duplicate).toBe(true);
  clock.advance(1);
  expect((await bus.publish(event, { dedupe: true })).duplicate).toBe(false);
});

test('revisions grow when the clock is set back', async () => {
  const clock = fakeClock({ now: 5000 });
  const bus = memoryEventBus({ clock });
  expect((await bus.publish(anEvent('a'))).revision).toBe('5000-0');
  clock.setNow(1000);
  expect((await bus.publish(anEvent('a'))).revision).toBe('5000-1');
});

test('failures of handlers are told', async () => {
  const failures: unknown[] = [];
  const bus = memoryEventBus({
    clock: fakeClock(),
    onHandlerFailure: (error, event) => failures.push([error, event?.id]),
  });
  const error = new Error('broken');
  bus.subscribe('*', () => {
    throw error;
  });
  await bus.publish(anEvent('a', { id: 'x' }));
  expect(failures).toEqual([[error, 'x']]);
});
