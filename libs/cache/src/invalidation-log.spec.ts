import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { affects, isDependent, PURGED } from './cache-request';
import { anEvent, someDependencies, someEvent } from './dependencies.fixture';
import { InvalidationLog } from './invalidation-log';

const project = { events: ['updated'], fields: { id: 'p1' }, tags: ['projects'] };
const updated = (id: string) => anEvent('updated', { id });

/** A log that begins at 10-0. */
function started(bounds?: ConstructorParameters<typeof InvalidationLog>[0]) {
  const log = new InvalidationLog(bounds);
  log.start('10-0');
  return log;
}

test('says exactly what looking at every event would', () => {
  const history = fc.array(someEvent, { maxLength: 40 });
  fc.assert(
    fc.property(history, someDependencies, fc.nat(40), (events, entry, at) => {
      const log = started();
      events.forEach((event, i) => {
        log.add({ ...anEvent(''), ...event }, `11-${i + 1}`);
        // Asking in between makes projections that later events have to keep up.
        log.isCurrent(entry, '10-0');
      });
      const newer = events.slice(at);
      const expected = !isDependent(entry) || !newer.some((event) => affects(event, entry));
      expect(log.isCurrent(entry, `11-${at}`)).toBe(expected);
    }),
    { numRuns: 500 },
  );
});

test('with few places, never calls an entry current that is not', () => {
  const history = fc.array(someEvent, { maxLength: 40 });
  fc.assert(
    fc.property(
      history,
      someDependencies,
      fc.nat(40),
      fc.integer({ min: 1, max: 4 }),
      (events, entry, at, maxEvents) => {
        const log = started({ maxEvents });
        events.forEach((event, i) => {
          log.add({ ...anEvent(''), ...event }, `11-${i + 1}`);
          log.isCurrent(entry, '10-0');
        });
        const untrue = isDependent(entry) && events.slice(at).some((event) => affects(event, entry));
        if (untrue) expect(log.isCurrent(entry, `11-${at}`)).toBe(false);
      },
    ),
    { numRuns: 500 },
  );
});

test('nothing is known before the start, nor of entries from before it', () => {
  const log = new InvalidationLog();
  expect(log.started).toBe(false);
  expect(log.isCurrent(project, '10-0')).toBe(false);
  log.start('10-0');
  expect(log.started).toBe(true);
  expect(log.isCurrent(project, '10-0')).toBe(true);
  expect(log.isCurrent(project, '9-99')).toBe(false);
  expect(log.isCurrent(project, null)).toBe(false);
});

test('entries that nothing can make untrue are always current', () => {
  expect(new InvalidationLog().isCurrent({ events: [], fields: { id: 'p1' }, tags: [] }, null)).toBe(true);
});

test('history makes older entries judgeable', () => {
  const log = started();
  log.extend({ records: [{ event: updated('p1'), revision: '6-0' }], after: '5-0' });
  expect(log.isCurrent(project, '4-0')).toBe(false);
  expect(log.isCurrent(project, '5-0')).toBe(false);
  expect(log.isCurrent(project, '6-0')).toBe(true);
});

test('history that does not reach back further changes nothing', () => {
  const log = started();
  log.extend({ records: [], after: '10-0' });
  log.extend({ records: [], after: '11-0' });
  expect(log.isCurrent(project, '10-0')).toBe(true);
  const waiting = new InvalidationLog();
  waiting.extend({ records: [], after: '1-0' });
  expect(waiting.started).toBe(false);
});

test('history that arrives after a gap is of no use', () => {
  const log = started();
  log.restart('20-0');
  log.extend({ records: [], after: '5-0' });
  expect(log.isCurrent(project, '19-0')).toBe(false);
});

test('after a gap, everything from before it is unknown', () => {
  const log = started();
  log.add(updated('p1'), '11-0');
  log.restart('20-0');
  expect(log.isCurrent(project, '12-0')).toBe(false);
  expect(log.isCurrent(project, '20-0')).toBe(true);
});

test('the same event told again, or an older one, changes nothing', () => {
  const log = started();
  log.add(updated('p1'), '12-0');
  log.add(updated('p1'), '11-0');
  expect(log.isCurrent(project, '11-5')).toBe(false);
  expect(log.isCurrent(project, '12-0')).toBe(true);
});

test('an event that the bus has not told yet is newer than any entry', () => {
  const log = started();
  const event = updated('p1');
  log.addPending(event);
  expect(log.isCurrent(project, '99-0')).toBe(false);
  expect(log.isCurrent({ ...project, fields: { id: 'p2' } }, '99-0')).toBe(true);
  log.add(event, '100-0');
  expect(log.settle(event.id)).toBe(true);
  expect(log.settle(event.id)).toBe(false);
  expect(log.isCurrent(project, '99-0')).toBe(false);
  expect(log.isCurrent(project, '100-0')).toBe(true);
});

test('when too many events are pending, the shared entries are done without until the log begins again', () => {
  const log = started({ maxPending: 2 });
  for (const id of ['p1', 'p2', 'p3']) log.addPending(updated(id));
  expect(log.started).toBe(false);
  log.add(updated('p4'), '30-0');
  log.start('30-0');
  // An entry at the very place may be from before the forgotten event.
  expect(log.isCurrent(project, '30-0')).toBe(false);
  expect(log.isCurrent(project, '30-1')).toBe(true);
  log.extend({ records: [], after: '5-0' });
  expect(log.isCurrent(project, '30-0')).toBe(false);
});

test('a purge is an event of the tag', () => {
  const log = started();
  log.add(anEvent(PURGED, { tag: 'projects' }), '11-0');
  expect(log.isCurrent(project, '10-5')).toBe(false);
  expect(log.isCurrent({ ...project, tags: ['users'] }, '10-5')).toBe(true);
  expect(log.isCurrent(project, '11-0')).toBe(true);
});
