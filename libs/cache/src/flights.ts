import type { Clock } from '@gateway/clock';
import type { DomainEvent, Revision } from '@gateway/events';
import { isDependent, type CacheRequest } from './cache-request';
import { DependencyIndex } from './dependency-index';
import { Flight, Waiter } from './flight';
import type { Lookup, Patience } from './lookup';

/** The questions that are being answered: one at a time by key, so that equal misses ask the upstream once. */
export class Flights {
  /** Those that can be joined. */
  private readonly joinable = new Map<string, Flight>();
  /** All that haven't landed. */
  private readonly all = new Set<Flight>();
  private readonly index = new DependencyIndex<Flight>();

  /** @param overdue called when whoever leads a flight didn't end it in time */
  constructor(
    private readonly clock: Clock,
    private readonly overdue: (flight: Flight) => void,
  ) {}

  /** Waits for the answer to a question that is being asked; null when it isn't. */
  join(key: string, patience: Patience): Promise<Lookup> | null {
    const flight = this.joinable.get(key);
    if (flight === undefined) return null;
    const waiter = new Waiter(patience, this.clock);
    waiter.board(flight);
    return waiter.lookup;
  }

  takeOff(request: CacheRequest, revision: Revision | null, leader: Patience): Flight {
    const flight = new Flight(request, revision, this.clock, leader, this.overdue);
    this.joinable.set(request.key, flight);
    this.all.add(flight);
    this.index.add(flight);
    return flight;
  }

  /** Ends a flight. @returns those who waited; null when it had ended before */
  land(flight: Flight): readonly Waiter[] | null {
    return this.all.has(flight) ? this.end(flight) : null;
  }

  /** Those who wait join the flight that answers their question now; null when none does. */
  transfer(waiters: readonly Waiter[], key: string): Flight | null {
    const flight = this.joinable.get(key);
    if (flight === undefined) return null;
    for (const waiter of waiters) waiter.board(flight);
    return flight;
  }

  /** What the event makes untrue before it is there won't be stored, and nobody joins it any more. */
  discard(event: Pick<DomainEvent, 'type' | 'fields'>): void {
    for (const flight of this.index.affected(event)) this.discardOne(flight);
  }

  discardDependent(): void {
    for (const flight of this.all) if (isDependent(flight)) this.discardOne(flight);
  }

  landAll(): Waiter[] {
    return [...this.all].flatMap((flight) => this.end(flight));
  }

  private end(flight: Flight): readonly Waiter[] {
    this.all.delete(flight);
    this.close(flight);
    this.index.remove(flight);
    return flight.land();
  }

  private discardOne(flight: Flight): void {
    flight.discarded = true;
    this.close(flight);
  }

  private close(flight: Flight): void {
    const { key } = flight.request;
    if (this.joinable.get(key) === flight) this.joinable.delete(key);
  }
}
