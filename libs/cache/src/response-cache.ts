import { randomUUID } from 'node:crypto';
import type { Clock } from '@gateway/clock';
import type { DomainEvent, EventBus, Revision } from '@gateway/events';
import { isDependent, PURGED, type CacheRequest } from './cache-request';
import type { Flight, Waiter } from './flight';
import { Flights } from './flights';
import { InvalidationLog } from './invalidation-log';
import type { Bypass, Fill, Hit, Lookup, Patience } from './lookup';
import { MemoryTier, type MemoryEntry } from './memory-tier';
import { sizeOf, type CachedResponse, type SharedTier } from './shared-tier';

/** Events of before the start that are looked at, so that what other processes stored can be judged at once. */
const HISTORY = 1000;
const MAX_ENTRY_BYTES = 1024 * 1024;

export interface ResponseCacheOptions {
  readonly clock: Clock;
  readonly events: EventBus;
  /** Bound of the memory tier, in bytes. */
  readonly maxBytes: number;
  /** Larger answers aren't stored, in bytes. Default 1 MiB. */
  readonly maxEntryBytes?: number;
  /** The tier that all edges share. Left out: memory only. */
  readonly shared?: SharedTier;
  /** This process, as the origin of the events that it publishes. Default `cache`. */
  readonly origin?: string;
}

/** For metrics: what is held, and what happened since the start. */
export interface CacheStats {
  readonly entries: number;
  readonly bytes: number;
  readonly memoryHits: number;
  readonly sharedHits: number;
  /** Calls that had to ask the upstream to fill the cache. */
  readonly misses: number;
  /** Calls that waited for another's answer and got it. */
  readonly collapsed: number;
  readonly bypasses: number;
  /** Entries that events dropped from memory. */
  readonly invalidated: number;
  /** Answers that weren't stored because an invalidation overtook them. */
  readonly discarded: number;
  /** Entries of the shared tier that weren't true any more, or couldn't be judged. */
  readonly outdated: number;
  /** Entries of the shared tier that couldn't be read. */
  readonly unreadable: number;
}

/**
 * Answers from storage, and keeps what it answers true: see the README for what holds when.
 */
export class ResponseCache {
  private readonly clock: Clock;
  private readonly events: EventBus;
  private readonly shared: SharedTier | null;
  private readonly maxEntryBytes: number;
  private readonly origin: string;
  private readonly memory: MemoryTier;
  private readonly flights: Flights;
  private readonly log = new InvalidationLog();
  private readonly stops: (() => void)[];
  private readonly counts = {
    memoryHits: 0,
    sharedHits: 0,
    misses: 0,
    collapsed: 0,
    bypasses: 0,
    invalidated: 0,
    discarded: 0,
    outdated: 0,
  };

  constructor({ clock, events, maxBytes, maxEntryBytes = MAX_ENTRY_BYTES, shared, origin }: ResponseCacheOptions) {
    this.clock = clock;
    this.events = events;
    this.shared = shared ?? null;
    this.maxEntryBytes = Math.min(maxEntryBytes, maxBytes);
    this.origin = origin ?? 'cache';
    this.memory = new MemoryTier(maxBytes);
    this.flights = new Flights(clock, (flight) => this.failed(flight));
    this.stops = [
      events.subscribe('*', (event, revision) => this.told(event, revision)),
      events.onGap(({ to }) => this.missed(to)),
    ];
    this.startLog();
  }

  /**
   * Looks an answer up: in memory at once, else in the shared tier and among the fills under way. Never rejects.
   * A caller that gets a `miss` must end its fill.
   */
  lookup(request: CacheRequest, patience: Patience): Lookup | Promise<Lookup> {
    if (request.events.length > 0 && !this.events.readable()) return this.counted({ kind: 'bypass', reason: 'events' });
    const now = this.clock.monotonic();
    const entry = this.memory.get(request.key, now);
    if (entry !== null) return this.counted(hit(entry, 'memory', now));
    const joined = this.flights.join(request.key, patience);
    return joined === null ? this.lead(request, patience) : joined.then((lookup) => this.counted(lookup));
  }

  /**
   * Drops what an event makes untrue, before the bus has told it: for the edge that handled the write, before it
   * answers. The event must then be published under the same id.
   */
  invalidateLocally(event: DomainEvent): void {
    this.log.addPending(event);
    this.drop(event);
  }

  /** Drops everything with this tag: here at once, elsewhere when the bus has told it. */
  purge(tag: string): void {
    const time = new Date(this.clock.now()).toISOString();
    const fields = { tag };
    const event = { id: randomUUID(), type: PURGED, time, origin: this.origin, traceparent: '', fields, room: '' };
    this.invalidateLocally(event);
    // The bus goes on trying, and counts what it has to give up.
    this.events.publish(event).catch(() => undefined);
  }

  stats(): CacheStats {
    const { count, bytes } = this.memory;
    return { ...this.counts, entries: count, bytes, unreadable: this.shared?.unreadable ?? 0 };
  }

  /** Stops listening and lets everybody go who waits. */
  close(): void {
    for (const stop of this.stops) stop();
    for (const waiter of this.flights.landAll()) waiter.answer(CANCELLED);
    this.memory.clear();
  }

  private lead(request: CacheRequest, patience: Patience): Lookup | Promise<Lookup> {
    const flight = this.flights.takeOff(request, this.events.position(), patience);
    return this.shared?.available() ? this.askShared(this.shared, flight) : this.counted(this.miss(flight));
  }

  private async askShared(shared: SharedTier, flight: Flight): Promise<Lookup> {
    this.startLog();
    const { request } = flight;
    // A store that fails has nothing: its health is told by its client.
    const found = await shared.read(request.key).catch(() => null);
    if (found === null) return this.counted(this.miss(flight));
    if (!this.log.isCurrent(request, found.revision)) {
      this.counts.outdated++;
      return this.counted(this.miss(flight));
    }
    const now = this.clock.monotonic();
    const expiresAt = now + found.remainingMs;
    const entry = { ...request, response: found.response, storedAt: expiresAt - found.ttlMs, expiresAt };
    this.memory.put(entry);
    const lookup = hit(entry, 'shared', now);
    for (const waiter of this.flights.land(flight) ?? []) waiter.answer(lookup);
    return this.counted(lookup);
  }

  private miss(flight: Flight): Lookup {
    const fill: Fill = {
      store: (response, ttlMs) => this.landed(flight, response, ttlMs),
      uncacheable: () => this.uncacheable(flight),
      failed: () => this.failed(flight),
    };
    return { kind: 'miss', fill };
  }

  private landed(flight: Flight, response: CachedResponse, ttlMs: number): boolean {
    if (ttlMs <= 0) return this.uncacheable(flight);
    const waiters = this.flights.land(flight);
    if (waiters === null) return false;
    const storedAt = this.clock.monotonic();
    const entry = { ...flight.request, response, storedAt, expiresAt: storedAt + ttlMs };
    for (const waiter of waiters) waiter.answer(hit(entry, 'collapsed', storedAt));
    if (flight.discarded) this.counts.discarded++;
    if (flight.discarded || sizeOf(response) > this.maxEntryBytes) return false;
    this.memory.put(entry);
    this.share(flight, response, ttlMs);
    return true;
  }

  private share({ request, revision }: Flight, response: CachedResponse, ttlMs: number): void {
    // Nobody could judge an entry that depends on events without the revision that it was true at.
    if (!this.shared?.available() || (revision === null && isDependent(request))) return;
    this.shared.write(request.key, { response, revision, ttlMs }).catch(() => undefined);
  }

  private uncacheable(flight: Flight): false {
    for (const waiter of this.flights.land(flight) ?? []) waiter.answer({ kind: 'bypass', reason: 'uncacheable' });
    return false;
  }

  /** The first of those who wait asks in its turn, the others wait for it. */
  private failed(flight: Flight): void {
    const waiters = this.flights.land(flight);
    if (waiters === null || waiters.length === 0) return;
    const { request } = flight;
    if (this.flights.transfer(waiters, request.key) !== null) return;
    const [leader, ...others] = waiters as readonly [Waiter, ...Waiter[]];
    const next = this.flights.takeOff(request, this.events.position(), leader.patience);
    this.flights.transfer(others, request.key);
    leader.answer(this.miss(next));
  }

  private told(event: DomainEvent, revision: Revision): void {
    if (this.shared !== null) this.log.add(event, revision);
    // What was dropped here when the event happened has been filled anew since.
    if (!this.log.settle(event.id)) this.drop(event);
  }

  private drop(event: DomainEvent): void {
    this.counts.invalidated += this.memory.invalidate(event);
    this.flights.discard(event);
  }

  private missed(upTo: Revision): void {
    this.log.restart(upTo);
    this.counts.invalidated += this.memory.dropDependent();
    this.flights.discardDependent();
  }

  /** The log begins when the bus was read for the first time, and reaches back as soon as the history is there. */
  private startLog(): void {
    const position = this.events.position();
    if (this.shared === null || this.log.started || position === null) return;
    this.log.start(position);
    this.events.history(HISTORY).then(
      (history) => this.log.extend(history),
      () => undefined, // what was stored before the start isn't used
    );
  }

  private counted(lookup: Lookup): Lookup {
    if (lookup.kind === 'miss') this.counts.misses++;
    else if (lookup.kind === 'bypass') this.counts.bypasses++;
    else this.counts[HIT_COUNTS[lookup.from]]++;
    return lookup;
  }
}

/** Makes a cache. */
export const responseCache = (options: ResponseCacheOptions): ResponseCache => new ResponseCache(options);

const HIT_COUNTS = { memory: 'memoryHits', shared: 'sharedHits', collapsed: 'collapsed' } as const;
const CANCELLED: Bypass = { kind: 'bypass', reason: 'cancelled' };

const hit = ({ response, storedAt, expiresAt }: MemoryEntry, from: Hit['from'], now: number): Hit => ({
  kind: 'hit',
  entry: response,
  from,
  ageSeconds: Math.floor((now - storedAt) / 1000),
  ttlSeconds: Math.floor((expiresAt - now) / 1000),
});
