import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { memoryEventBus, type DomainEvent, type EventBus, type Gap, type Revision } from '@gateway/events';
import { fakeClock, type FakeClock } from '@gateway/testing';
import { PURGED, responseCache, type CachedResponse, type CacheRequest, type Fill, type Lookup } from './index';
import type { Patience, ResponseCache, SharedEntry, SharedHit, SharedTier } from './index';
import { anEvent, aRequest } from './dependencies.fixture';

const PATIENCE: Patience = { waitMs: 5000 };
const TTL = 60_000;
const text = (body: string): CachedResponse => ({
  status: 200,
  headers: ['etag', `"${body}"`],
  body: Buffer.from(body),
});
const project = (id: string, user = 'ada'): CacheRequest =>
  aRequest(`project ${id} ${user}`, {
    fields: { project_id: id, user_id: user },
    events: ['project_updated'],
    tags: ['projects'],
  });
const updated = (id: string) => anEvent('project_updated', { project_id: id });

/** The memory bus with switches for what only a shared bus does. */
function switchableBus(clock: FakeClock) {
  const bus = memoryEventBus({ clock });
  const switches = { readable: true, position: undefined as Revision | null | undefined, gap: (_: Gap) => {} };
  const wrapped: EventBus = {
    publish: (...args) => bus.publish(...args),
    subscribe: (...args) => bus.subscribe(...args),
    onGap: (listener) => {
      switches.gap = listener;
      return () => undefined;
    },
    history: async () => ({ records: [], after: bus.position()! }),
    position: () => (switches.position === undefined ? bus.position() : switches.position),
    readable: () => switches.readable,
    ready: () => bus.ready(0),
    stats: () => bus.stats(),
    close: () => bus.close(),
  };
  return { bus: wrapped, switches };
}

/** A shared tier in memory that can fail. */
class FakeTier implements SharedTier {
  unreadable = 0;
  up = true;
  failing = false;
  reads = 0;
  readonly entries = new Map<string, SharedEntry & { readonly storedAt: number }>();
  /** Awaited before a read answers. */
  hold: Promise<void> = Promise.resolve();

  constructor(private readonly clock: FakeClock) {}

  available() {
    return this.up;
  }

  async read(key: string): Promise<SharedHit | null> {
    this.reads++;
    await this.hold;
    if (this.failing) throw new Error('down');
    const entry = this.entries.get(key);
    if (entry === undefined) return null;
    return { ...entry, remainingMs: entry.storedAt + entry.ttlMs - this.clock.monotonic() };
  }

  async write(key: string, entry: SharedEntry): Promise<void> {
    if (this.failing) throw new Error('down');
    this.entries.set(key, { ...entry, storedAt: this.clock.monotonic() });
  }
}

let clock: FakeClock;
let caches: ResponseCache[];
beforeEach(() => {
  clock = fakeClock();
  caches = [];
});
afterEach(() => {
  for (const cache of caches) cache.close();
  expect(clock.pending).toBe(0);
});

function open(options: { bus?: EventBus; shared?: SharedTier; maxBytes?: number; maxEntryBytes?: number } = {}) {
  const { bus: events = memoryEventBus({ clock }), maxBytes = 1_000_000, ...rest } = options;
  const cache = responseCache({ clock, events, maxBytes, ...rest });
  caches.push(cache);
  return cache;
}

function fillOf(lookup: Lookup | Promise<Lookup>): Fill {
  if (lookup instanceof Promise || lookup.kind !== 'miss') throw new Error('not a miss');
  return lookup.fill;
}
const bodyOf = (lookup: Lookup | Promise<Lookup>) =>
  lookup instanceof Promise || lookup.kind !== 'hit' ? null : lookup.entry.body.toString();
const lookup = (cache: ResponseCache, request: CacheRequest, patience = PATIENCE) => cache.lookup(request, patience);
const store = (cache: ResponseCache, request: CacheRequest, body: string) =>
  fillOf(lookup(cache, request)).store(text(body), TTL);
/** Lets the promises that are due settle. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('an answer', () => {
  test('that was stored is a hit, with its age and the time it has left', () => {
    const cache = open();
    expect(store(cache, aRequest('a'), 'one')).toBe(true);
    clock.advance(10_500);
    expect(lookup(cache, aRequest('a'))).toEqual({
      kind: 'hit',
      entry: text('one'),
      from: 'memory',
      ageSeconds: 10,
      ttlSeconds: 49,
    });
    expect(lookup(cache, aRequest('b'))).toMatchObject({ kind: 'miss' });
  });

  test('is a miss when its time is over', () => {
    const cache = open();
    store(cache, aRequest('a'), 'one');
    clock.advance(TTL);
    expect(lookup(cache, aRequest('a'))).toMatchObject({ kind: 'miss' });
  });

  test.each([
    ['that may not be used for any time', { ttlMs: 0 }],
    ['that is too large', { ttlMs: TTL, maxEntryBytes: 1000 }],
    ['that is larger than the whole tier', { ttlMs: TTL, maxBytes: 1000 }],
  ])('%s is not stored', (_what, { ttlMs, ...options }) => {
    const cache = open(options);
    expect(fillOf(lookup(cache, aRequest('a'))).store(text('x'), ttlMs)).toBe(false);
    expect(lookup(cache, aRequest('a'))).toMatchObject({ kind: 'miss' });
  });

  test('is given once: what a fill does after its end has no effect', () => {
    const cache = open();
    const fill = fillOf(lookup(cache, aRequest('a')));
    expect(fill.store(text('one'), TTL)).toBe(true);
    expect(fill.store(text('two'), TTL)).toBe(false);
    fill.failed();
    fill.uncacheable();
    expect(bodyOf(lookup(cache, aRequest('a')))).toBe('one');
  });
});

describe('events', () => {
  test('drop the entries whose own fields equal theirs, and no others', async () => {
    const bus = memoryEventBus({ clock });
    const cache = open({ bus });
    for (const request of [project('p1'), project('p1', 'bob'), project('p2'), aRequest('other')])
      store(cache, request, request.key);
    await bus.publish(updated('p1'));
    expect(lookup(cache, project('p1')).constructor).toBe(Object);
    expect(bodyOf(lookup(cache, project('p1')))).toBeNull();
    expect(bodyOf(lookup(cache, project('p1', 'bob')))).toBeNull();
    expect(bodyOf(lookup(cache, project('p2')))).toBe('project p2 ada');
    expect(bodyOf(lookup(cache, aRequest('other')))).toBe('other');
    expect(cache.stats().invalidated).toBe(2);
  });

  test('discard a fill that began before them, and it does not hold up the next', async () => {
    const bus = memoryEventBus({ clock });
    const cache = open({ bus });
    const early = fillOf(lookup(cache, project('p1')));
    await bus.publish(updated('p1'));
    const late = fillOf(lookup(cache, project('p1')));
    expect(late.store(text('new'), TTL)).toBe(true);
    expect(early.store(text('old'), TTL)).toBe(false);
    expect(bodyOf(lookup(cache, project('p1')))).toBe('new');
    expect(cache.stats().discarded).toBe(1);
  });

  test('do not take the answer from those who waited before them, and nobody joins after', async () => {
    const bus = memoryEventBus({ clock });
    const cache = open({ bus });
    const fill = fillOf(lookup(cache, project('p1')));
    const before = lookup(cache, project('p1'));
    await bus.publish(updated('p1'));
    const after = lookup(cache, project('p1'));
    fill.store(text('old'), TTL);
    expect(bodyOf(await before)).toBe('old');
    fillOf(after).store(text('new'), TTL);
    expect(bodyOf(lookup(cache, project('p1')))).toBe('new');
  });

  test('applied locally act at once, and do not drop what was filled since when the bus tells them', async () => {
    const bus = memoryEventBus({ clock });
    const cache = open({ bus });
    store(cache, project('p1'), 'old');
    const event = updated('p1');
    cache.invalidateLocally(event);
    store(cache, project('p1'), 'new');
    await bus.publish(event);
    expect(bodyOf(lookup(cache, project('p1')))).toBe('new');
    await bus.publish(updated('p1'));
    expect(bodyOf(lookup(cache, project('p1')))).toBeNull();
  });

  test('that cannot be read: what depends on them is neither used nor stored, the rest is served', () => {
    const { bus, switches } = switchableBus(clock);
    const cache = open({ bus });
    store(cache, project('p1'), 'one');
    store(cache, aRequest('other', { tags: ['t'] }), 'other');
    switches.readable = false;
    expect(lookup(cache, project('p1'))).toEqual({ kind: 'bypass', reason: 'events' });
    expect(bodyOf(lookup(cache, aRequest('other', { tags: ['t'] })))).toBe('other');
    switches.readable = true;
    expect(bodyOf(lookup(cache, project('p1')))).toBe('one');
    expect(cache.stats().bypasses).toBe(1);
  });

  test('that were missed drop everything that depends on events, fills under way too', () => {
    const { bus, switches } = switchableBus(clock);
    const cache = open({ bus });
    store(cache, project('p1'), 'one');
    store(cache, aRequest('other'), 'other');
    const fill = fillOf(lookup(cache, project('p2')));
    const plain = fillOf(lookup(cache, aRequest('plain')));
    switches.gap({ from: '1-0', to: '2-0' });
    expect(fill.store(text('old'), TTL)).toBe(false);
    expect(plain.store(text('plain'), TTL)).toBe(true);
    expect(bodyOf(lookup(cache, project('p1')))).toBeNull();
    expect(bodyOf(lookup(cache, aRequest('other')))).toBe('other');
  });

  test('of a tag drop what has it, here and wherever the bus is heard', () => {
    const bus = memoryEventBus({ clock });
    const heard: DomainEvent[] = [];
    bus.subscribe([PURGED], (event) => heard.push(event));
    const [here, there] = [open({ bus }), open({ bus })];
    for (const cache of [here, there]) {
      store(cache, aRequest('a', { tags: ['x'] }), 'a');
      store(cache, aRequest('b', { tags: ['y'] }), 'b');
    }
    here.purge('x');
    expect(heard).toMatchObject([{ type: PURGED, fields: { tag: 'x' }, time: '2026-01-01T00:00:00.000Z', room: '' }]);
    for (const cache of [here, there]) {
      expect(bodyOf(lookup(cache, aRequest('a', { tags: ['x'] })))).toBeNull();
      expect(bodyOf(lookup(cache, aRequest('b', { tags: ['y'] })))).toBe('b');
    }
  });

  test('a purge that the bus does not take acts here', async () => {
    const bus = memoryEventBus({ clock });
    const cache = open({ bus });
    store(cache, aRequest('a', { tags: ['x'] }), 'a');
    await bus.close();
    const readable = { ...bus, readable: () => true };
    expect(readable.readable()).toBe(true);
    cache.purge('x');
    await settle();
    expect(bodyOf(lookup(cache, aRequest('a', { tags: ['x'] })))).toBeNull();
  });
});

describe('equal misses', () => {
  test('a thousand of them are one fill', async () => {
    const cache = open();
    const fill = fillOf(lookup(cache, aRequest('a')));
    const others = Array.from({ length: 999 }, () => lookup(cache, aRequest('a')));
    clock.advance(100);
    fill.store(text('one'), TTL);
    const answers = await Promise.all(others);
    expect(answers.every((answer) => bodyOf(answer) === 'one')).toBe(true);
    expect(answers[0]).toMatchObject({ from: 'collapsed', ageSeconds: 0, ttlSeconds: 60 });
    expect(cache.stats()).toMatchObject({ misses: 1, collapsed: 999 });
  });

  test('of different questions do not wait for each other', () => {
    const cache = open();
    fillOf(lookup(cache, aRequest('a'))).failed();
    fillOf(lookup(cache, aRequest('b'))).failed();
    fillOf(lookup(cache, aRequest('a'))).failed();
  });

  test('when the one who asks fails, the next one asks, and the others wait for that', async () => {
    const cache = open();
    const fill = fillOf(lookup(cache, aRequest('a')));
    const [second, third] = [lookup(cache, aRequest('a')), lookup(cache, aRequest('a'))];
    fill.failed();
    const next = fillOf(await second);
    const fourth = lookup(cache, aRequest('a'));
    next.store(text('one'), TTL);
    expect(bodyOf(await third)).toBe('one');
    expect(bodyOf(await fourth)).toBe('one');
  });

  test('when the one who asks fails after an event, those who waited join the new fill', async () => {
    const bus = memoryEventBus({ clock });
    const cache = open({ bus });
    const early = fillOf(lookup(cache, project('p1')));
    const waited = lookup(cache, project('p1'));
    await bus.publish(updated('p1'));
    const late = fillOf(lookup(cache, project('p1')));
    early.failed();
    late.store(text('new'), TTL);
    expect(bodyOf(await waited)).toBe('new');
  });

  test('an answer that may not be stored sends everybody to the upstream', async () => {
    const cache = open();
    const fill = fillOf(lookup(cache, aRequest('a')));
    const others = [lookup(cache, aRequest('a')), lookup(cache, aRequest('a'))];
    fill.uncacheable();
    expect(await Promise.all(others)).toEqual(Array(2).fill({ kind: 'bypass', reason: 'uncacheable' }));
  });

  test('nobody waits longer than it can', async () => {
    const cache = open();
    fillOf(lookup(cache, aRequest('a')));
    const impatient = lookup(cache, aRequest('a'), { waitMs: 100 });
    clock.advance(100);
    expect(await impatient).toEqual({ kind: 'bypass', reason: 'waited' });
  });

  test('whoever leads and never ends it is replaced when its own time is over', async () => {
    const cache = open();
    const lost = fillOf(lookup(cache, aRequest('a'), { waitMs: 1000 }));
    const second = lookup(cache, aRequest('a'), { waitMs: Infinity });
    clock.advance(1000);
    const next = fillOf(await second);
    expect(lost.store(text('late'), TTL)).toBe(false);
    expect(next.store(text('one'), TTL)).toBe(true);
  });

  test('whoever goes away does not get the turn to ask', async () => {
    const cache = open();
    const fill = fillOf(lookup(cache, aRequest('a')));
    let goAway = () => {};
    const gone = lookup(cache, aRequest('a'), { waitMs: 5000, onCancel: (listener) => (goAway = listener) });
    const goneBefore = lookup(cache, aRequest('a'), { waitMs: 5000, onCancel: (listener) => listener() });
    const stays = lookup(cache, aRequest('a'));
    goAway();
    expect(await Promise.all([gone, goneBefore])).toEqual(Array(2).fill({ kind: 'bypass', reason: 'cancelled' }));
    fill.failed();
    fillOf(await stays).store(text('one'), TTL);
  });

  test('closing lets everybody go', async () => {
    const cache = open();
    fillOf(lookup(cache, aRequest('a')));
    const waiting = lookup(cache, aRequest('a'));
    cache.close();
    expect(await waiting).toEqual({ kind: 'bypass', reason: 'cancelled' });
  });
});

describe('the shared tier', () => {
  /** Two edges on one bus and one shared tier. */
  function edges() {
    const { bus, switches } = switchableBus(clock);
    const shared = new FakeTier(clock);
    return { bus, switches, shared, a: open({ bus, shared }), b: open({ bus, shared }) };
  }
  const fillShared = async (cache: ResponseCache, request: CacheRequest, body: string) => {
    const stored = fillOf(await lookup(cache, request)).store(text(body), TTL);
    await settle();
    return stored;
  };

  test('gives one edge what another has stored, with the time it has left, and is then asked no more', async () => {
    const { a, b, shared } = edges();
    await fillShared(a, project('p1'), 'one');
    clock.advance(10_000);
    expect(await lookup(b, project('p1'))).toMatchObject({
      kind: 'hit',
      from: 'shared',
      ageSeconds: 10,
      ttlSeconds: 50,
    });
    clock.advance(1000);
    expect(lookup(b, project('p1'))).toMatchObject({ kind: 'hit', from: 'memory', ageSeconds: 11, ttlSeconds: 49 });
    expect(shared.reads).toBe(2);
    expect(b.stats()).toMatchObject({ sharedHits: 1, memoryHits: 1, misses: 0 });
  });

  test('is asked once for equal misses', async () => {
    const { a, b, shared } = edges();
    await fillShared(a, aRequest('a'), 'one');
    shared.reads = 0;
    const answers = await Promise.all(Array.from({ length: 100 }, () => lookup(b, aRequest('a'))));
    expect(answers.every((answer) => bodyOf(answer) === 'one')).toBe(true);
    expect(shared.reads).toBe(1);
  });

  test('never gives what an event has made untrue', async () => {
    const { a, b, bus } = edges();
    await fillShared(a, project('p1'), 'old');
    await bus.publish(updated('p1'));
    expect((await lookup(b, project('p1'))).kind).toBe('miss');
    expect(b.stats().outdated).toBe(1);
  });

  test('never gives what a slow edge stored after an event that it had not heard', async () => {
    const { a, b, bus, switches, shared } = edges();
    const slow = fillOf(await lookup(b, project('p1')));
    const before = bus.position();
    await bus.publish(updated('p1'));
    // As if b had stored it before the event reached it.
    await shared.write(project('p1').key, { response: text('old'), revision: before, ttlMs: TTL });
    expect((await lookup(a, project('p1'))).kind).toBe('miss');
    expect(slow.store(text('old'), TTL)).toBe(false);
    switches.position = undefined;
  });

  test('gives nothing that was stored before an event which this edge has only applied locally', async () => {
    const { a, b } = edges();
    await fillShared(a, project('p1'), 'old');
    b.invalidateLocally(updated('p1'));
    expect((await lookup(b, project('p1'))).kind).toBe('miss');
  });

  test('is not believed when an event came while it was read', async () => {
    const { a, b, bus, shared } = edges();
    await fillShared(a, project('p1'), 'old');
    let release = () => {};
    shared.hold = new Promise((resolve) => (release = resolve));
    const reading = lookup(b, project('p1'));
    await bus.publish(updated('p1'));
    release();
    expect((await reading).kind).toBe('miss');
  });

  test('is not believed for what it says about times that were missed', async () => {
    const { a, b, switches } = edges();
    await fillShared(a, project('p1'), 'old');
    const { time } = { time: clock.now() };
    switches.gap({ from: '0-0', to: `${time}-0` });
    expect((await lookup(b, project('p1'))).kind).toBe('miss');
  });

  test('keeps what depends on nothing through all of that', async () => {
    const { a, b, bus, switches } = edges();
    await fillShared(a, aRequest('a'), 'one');
    await bus.publish(updated('p1'));
    switches.gap({ from: '0-0', to: `${clock.now()}-0` });
    switches.position = null;
    expect(bodyOf(await lookup(b, aRequest('a')))).toBe('one');
  });

  test('is not given what nobody could judge', async () => {
    const { a, switches, shared } = edges();
    switches.position = null;
    await fillShared(a, project('p1'), 'one');
    await fillShared(a, aRequest('a'), 'one');
    expect([...shared.entries.keys()]).toEqual(['a']);
  });

  test('that fails is a miss, and what is filled stays in memory', async () => {
    const { a, shared } = edges();
    shared.failing = true;
    await fillShared(a, aRequest('a'), 'one');
    expect(bodyOf(lookup(a, aRequest('a')))).toBe('one');
  });

  test('that has just failed is not asked', async () => {
    const { a, shared } = edges();
    shared.up = false;
    expect(fillOf(lookup(a, aRequest('a'))).store(text('one'), TTL)).toBe(true);
    expect(shared.reads).toBe(0);
    expect(shared.entries.size).toBe(0);
  });

  test('answers those who waited, and whoever was replaced meanwhile keeps the answer', async () => {
    const { a, b, shared } = edges();
    await fillShared(a, aRequest('a'), 'one');
    let release = () => {};
    shared.hold = new Promise((resolve) => (release = resolve));
    const reading = lookup(b, aRequest('a'), { waitMs: 10 });
    const waiting = lookup(b, aRequest('a'));
    clock.advance(10);
    const promoted = fillOf(await waiting);
    release();
    expect(bodyOf(await reading)).toBe('one');
    promoted.failed();
  });

  test('knows what was on the bus before the edge started', async () => {
    const { a, shared } = edges();
    await fillShared(a, project('p1'), 'one');
    const { bus, switches } = switchableBus(clock);
    switches.position = '9999999999999-0';
    const history = { records: [{ event: updated('p2'), revision: '9999999999998-0' }], after: '0-0' };
    const late = open({ bus: { ...bus, history: async () => history }, shared });
    await settle();
    expect(bodyOf(await lookup(late, project('p1')))).toBe('one');
    await shared.write(project('p2').key, { response: text('old'), revision: '5-0', ttlMs: TTL });
    expect((await lookup(late, project('p2'))).kind).toBe('miss');
  });

  test('is used without history when that cannot be read', async () => {
    const { bus } = switchableBus(clock);
    const shared = new FakeTier(clock);
    const cache = open({ bus: { ...bus, history: () => Promise.reject(new Error('down')) }, shared });
    await settle();
    await shared.write(project('p1').key, { response: text('one'), revision: bus.position(), ttlMs: TTL });
    expect(bodyOf(await lookup(cache, project('p1')))).toBe('one');
  });

  test('counts what it could not read', () => {
    const { a, shared } = edges();
    shared.unreadable = 3;
    expect(a.stats()).toMatchObject({ unreadable: 3, entries: 0, bytes: 0 });
    expect(open().stats().unreadable).toBe(0);
  });
});
