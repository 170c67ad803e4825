import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type DomainEvent,
  EventError,
  eventFromJson,
  eventFromMessage,
  eventToJson,
  eventToMessage,
} from './domain-event';
import { EventSchema } from './gen/gateway/events/v1/events_pb';

const event: DomainEvent = {
  id: 'e-1',
  type: 'project_updated',
  time: '2026-11-23T10:00:00.123Z',
  origin: 'edge-1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  fields: { project_id: 'p1', revision: '2' },
  room: 'project:p1',
};

test('an event survives JSON and the message', () => {
  expect(eventFromJson(eventToJson(event))).toEqual(event);
  expect(eventFromMessage(eventToMessage(event), 0)).toEqual(event);
});

test('what JSON leaves out is empty', () => {
  expect(eventFromJson('{"id":"a","type":"b","time":"2026-01-01T00:00:00Z","more":1}')).toEqual({
    id: 'a',
    type: 'b',
    time: '2026-01-01T00:00:00.000Z',
    origin: '',
    traceparent: '',
    fields: {},
    room: '',
  });
});

test('an event without a time gets that of its arrival', () => {
  const message = create(EventSchema, { id: 'a', type: 'b' });
  expect(eventFromMessage(message, 86_400_000).time).toBe('1970-01-02T00:00:00.000Z');
});

describe('an event is refused', () => {
  test.each<[string, Partial<DomainEvent>]>([
    ['id', { id: '' }],
    ['id', { id: 'a b' }],
    ['type', { type: 'Project Updated' }],
    ['time', { time: 'yesterday' }],
    ['origin', { origin: 'x'.repeat(129) }],
    ['traceparent', { traceparent: '00-1-2-3' }],
    ['fields', { fields: Object.fromEntries(Array.from({ length: 33 }, (_each, index) => [`f${index}`, ''])) }],
    ['fields', { fields: { 'a b': '' } }],
    ['fields.a', { fields: { a: 'x'.repeat(1025) } }],
    ['room', { room: 'x'.repeat(257) }],
  ])('for its %s', (field, change) => {
    expect(() => eventToJson({ ...event, ...change })).toThrow(new RegExp(`^${field}: `));
  });

  test('when its time is missing or beyond all dates', () => {
    expect(() => eventFromJson('{"id":"a","type":"b"}')).toThrow(/time/);
    const message = create(EventSchema, { id: 'a', type: 'b', time: { seconds: 10n ** 15n } });
    expect(() => eventFromMessage(message, 0)).toThrow(/time/);
  });

  test('when it is too long or not JSON', () => {
    expect(() => eventFromJson(`"${'x'.repeat(70_000)}"`)).toThrow(/longer/);
    expect(() => eventFromJson('{')).toThrow(EventError);
  });
});

test('whatever the text, it is an event or an EventError', () => {
  const reads = (text: string): void => {
    try {
      eventFromJson(text);
    } catch (error) {
      expect(error).toBeInstanceOf(EventError);
    }
  };
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.string().map((s) => eventToJsonLoose(s)),
      ),
      reads,
    ),
    { numRuns: 2_000 },
  );
});

const eventToJsonLoose = (text: string): string =>
  JSON.stringify({ ...event, id: text, time: text, fields: { [text]: text } });
