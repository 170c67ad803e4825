import fc from 'fast-check';
import type { DomainEvent } from '@gateway/events';
import { PURGED, type CacheRequest, type Dependencies } from './cache-request';

/** Few names and values, so that random entries and events meet. */
const fields = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2', ''), { noNullPrototype: true });
const types = fc.constantFrom('updated', 'deleted');
const tags = fc.constantFrom('x', 'y');

/** Random dependencies of an entry. */
export const someDependencies = fc.record({
  fields,
  events: fc.uniqueArray(types),
  tags: fc.uniqueArray(tags),
}) satisfies fc.Arbitrary<Dependencies>;

/** A random event, a purge among them. */
export const someEvent = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: types, fields }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant(PURGED), fields: fc.record({ tag: tags }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant(PURGED), fields: fc.constant({}) }) },
) as fc.Arbitrary<Pick<DomainEvent, 'type' | 'fields'>>;

let events = 0;

/** An event with what a test doesn't care about filled in. */
export const anEvent = (type: string, eventFields: Record<string, string> = {}): DomainEvent => ({
  id: `event-${events++}`,
  type,
  time: '2026-01-01T00:00:00Z',
  origin: 'spec',
  traceparent: '',
  fields: eventFields,
  room: '',
});

/** A question with what a test doesn't care about filled in. */
export const aRequest = (key: string, more: Partial<CacheRequest> = {}): CacheRequest => ({
  key,
  fields: {},
  events: [],
  tags: [],
  ...more,
});
