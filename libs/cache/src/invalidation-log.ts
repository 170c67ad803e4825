import { compareRevisions, type DomainEvent, type EventHistory, type Revision } from '@gateway/events';
import { affects, isDependent, PURGED, type Dependencies } from './cache-request';
import { LatestRevisions } from './latest-revisions';

/** Different events remembered (same type and fields count once): some 15 MB. */
const MAX_EVENTS = 50_000;
/** Events remembered that this process has applied and the bus hasn't told yet. */
const MAX_PENDING = 1000;

/** Bounds, for tests. */
export interface LogBounds {
  readonly maxEvents?: number;
  readonly maxPending?: number;
}

/**
 * Remembers events, to tell whether an entry that another process has stored is still true. Such an entry carries the
 * revision up to which its writer knew the events when it began to ask the upstream: the entry is true unless an event
 * after that affects it, and useless when the log doesn't reach back so far.
 */
export class InvalidationLog {
  private readonly latest: LatestRevisions;
  private readonly maxPending: number;
  private readonly pending = new Map<string, DomainEvent>();
  /** All events after this revision are known. Null: nothing is. */
  private knownAfter: Revision | null = null;
  /** A pending event was forgotten: an entry from just before the log begins again can't be trusted. */
  private forgot = false;
  /** Whether what was on the bus before the log began is still of use. */
  private extendable = true;

  constructor({ maxEvents = MAX_EVENTS, maxPending = MAX_PENDING }: LogBounds = {}) {
    this.latest = new LatestRevisions(maxEvents);
    this.maxPending = maxPending;
  }

  get started(): boolean {
    return this.knownAfter !== null;
  }

  /** Begins: every event after this revision will be added. */
  start(revision: Revision): void {
    this.knownAfter = this.forgot ? successor(revision) : revision;
    this.forgot = false;
  }

  /** Begins anew, because events up to this revision were missed. */
  restart(revision: Revision): void {
    this.latest.clear();
    this.extendable = false;
    this.start(revision);
  }

  /** Reaches back further, into what was on the bus before `start`. Does nothing when events were missed since. */
  extend({ records, after }: EventHistory): void {
    if (!this.extendable || this.knownAfter === null || compareRevisions(after, this.knownAfter) >= 0) return;
    this.knownAfter = after;
    for (const { event, revision } of records) this.add(event, revision);
  }

  /** An event that the bus has told. */
  add({ type, fields }: DomainEvent, revision: Revision): void {
    if (type === PURGED && !Object.hasOwn(fields, 'tag')) return; // of nothing
    const forgotten = this.latest.add(type, fields, revision);
    if (forgotten === null || this.knownAfter === null) return;
    if (compareRevisions(forgotten, this.knownAfter) > 0) this.knownAfter = forgotten;
  }

  /** An event that this process has applied and the bus hasn't told yet: it is newer than any entry. */
  addPending(event: DomainEvent): void {
    this.pending.set(event.id, event);
    if (this.pending.size <= this.maxPending) return;
    this.pending.delete(this.pending.keys().next().value!);
    this.knownAfter = null;
    this.forgot = true;
    this.extendable = false;
  }

  /** The bus has told it now. @returns whether it was pending */
  settle(id: string): boolean {
    return this.pending.delete(id);
  }

  /** Whether an entry is still true whose fill began when events up to this revision were known. */
  isCurrent(entry: Dependencies, revision: Revision | null): boolean {
    if (!isDependent(entry)) return true;
    if (revision === null || this.knownAfter === null || compareRevisions(revision, this.knownAfter) < 0) return false;
    for (const event of this.pending.values()) if (affects(event, entry)) return false;
    return (
      entry.events.every((type) => !this.latest.hasNewer(type, entry.fields, revision)) &&
      entry.tags.every((tag) => !this.latest.hasNewer(PURGED, { tag }, revision))
    );
  }
}

/** The next possible revision. */
function successor(revision: Revision): Revision {
  const [time, sequence] = revision.split('-');
  return `${time}-${Number(sequence) + 1}`;
}
