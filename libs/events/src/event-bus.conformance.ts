import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@gateway/testing';
import { compareRevisions, EventBusError, type DomainEvent, type EventBus } from './index';

/** An event of a type, with whatever a test wants to say about it. */
export const anEvent = (type: string, more: Partial<DomainEvent> = {}): DomainEvent => ({
  id: randomUUID(),
  type,
  time: '2026-01-01T00:00:00Z',
  origin: 'spec',
  traceparent: '',
  fields: {},
  room: '',
  ...more,
});

/** What every bus does. `open` makes buses that reach each other, if the implementation has more than one process. */
export function eventBusConformance(name: string, open: () => Promise<EventBus>): void {
  describe(`${name}, as every bus,`, () => {
    let bus: EventBus;
    beforeEach(async () => {
      bus = await open();
      await bus.ready(5000);
    });
    afterEach(() => bus.close());

    test('hands a published event on, whole, with its revision', async () => {
      const event = anEvent('project_updated', {
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        fields: { project_id: 'p1', name: 'Ünïcödé "quoted"\n' },
        room: 'project:p1',
      });
      const heard: [DomainEvent, string][] = [];
      bus.subscribe('*', (...args) => heard.push(args));
      const { revision, duplicate } = await bus.publish(event);
      await eventually(() => heard.length === 1);
      expect(heard).toEqual([[event, revision]]);
      expect(duplicate).toBe(false);
      expect(bus.position()).toBe(revision);
    });

    test('hands events on in the order of their revisions', async () => {
      const heard: string[] = [];
      const revisions: string[] = [];
      bus.subscribe('*', (event, revision) => {
        heard.push(event.id);
        revisions.push(revision);
      });
      for (let i = 0; i < 50; i++) await bus.publish(anEvent('counted', { id: `${i}` }), { budgetMs: 1000 });
      await eventually(() => heard.length === 50);
      expect(heard).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`));
      expect(revisions.toSorted(compareRevisions)).toEqual(revisions);
      expect(new Set(revisions).size).toBe(50);
    });

    test('hands on only the types that were asked for, until the subscription is taken back', async () => {
      const heard: string[] = [];
      const stop = bus.subscribe(['a', 'b'], ({ type }) => heard.push(type));
      const all: string[] = [];
      bus.subscribe('*', ({ type }) => all.push(type));
      for (const type of ['a', 'c', 'b']) await bus.publish(anEvent(type));
      await eventually(() => all.length === 3);
      stop();
      await bus.publish(anEvent('a'));
      await eventually(() => all.length === 4);
      expect(heard).toEqual(['a', 'b']);
    });

    test('hands on nothing that was published before the subscription', async () => {
      let early = 0;
      bus.subscribe(['early'], () => early++);
      await bus.publish(anEvent('early'));
      await eventually(() => early === 1);
      const heard: string[] = [];
      bus.subscribe('*', ({ type }) => heard.push(type));
      await bus.publish(anEvent('late'));
      await eventually(() => heard.length > 0);
      expect(heard).toEqual(['late']);
    });

    test('a handler that throws keeps nothing from the others', async () => {
      const heard: string[] = [];
      bus.subscribe('*', () => {
        throw new Error('broken handler');
      });
      bus.subscribe('*', ({ type }) => heard.push(type));
      await bus.publish(anEvent('a'));
      await eventually(() => heard.length === 1);
      expect(bus.stats()).toMatchObject({ delivered: 1, handlerFailures: 1 });
    });

    test('an id that is published again is handed on once', async () => {
      const heard: string[] = [];
      bus.subscribe('*', ({ id }) => heard.push(id));
      const event = anEvent('a');
      await bus.publish(event);
      await bus.publish(event);
      await bus.publish(anEvent('a', { id: 'last' }));
      await eventually(() => heard.includes('last'));
      expect(heard).toEqual([event.id, 'last']);
      expect(bus.stats().duplicates).toBe(1);
    });

    test('with dedupe, an id that was published is not appended again', async () => {
      const event = anEvent('a');
      const first = await bus.publish(event, { dedupe: true });
      const again = await bus.publish(event, { dedupe: true });
      expect(again).toEqual({ revision: first.revision, duplicate: true });
      const next = await bus.publish(anEvent('a'), { dedupe: true });
      expect(next.duplicate).toBe(false);
    });

    test('history and subscription together miss nothing', async () => {
      const heard: string[] = [];
      bus.subscribe('*', ({ id }) => heard.push(id));
      await bus.publish(anEvent('a', { id: 'first' }));
      await eventually(() => heard.length === 1);
      const { records, after } = await bus.history(10);
      for (const { revision } of records) expect(compareRevisions(revision, after)).toBeGreaterThanOrEqual(0);
      expect(compareRevisions(after, bus.position()!)).toBeLessThanOrEqual(0);
    });

    test('reports no gap where there is none', async () => {
      const gaps: unknown[] = [];
      const stop = bus.onGap((gap) => gaps.push(gap));
      await bus.publish(anEvent('a'));
      await eventually(() => bus.stats().delivered === 1);
      stop();
      expect(gaps).toEqual([]);
      expect(bus.stats().gaps).toBe(0);
    });

    test('is readable from the start and not after closing', async () => {
      expect(bus.readable()).toBe(true);
      await bus.close();
      await bus.close();
      expect(bus.readable()).toBe(false);
      await expect(bus.publish(anEvent('a'))).rejects.toBeInstanceOf(EventBusError);
    });
  });
}
