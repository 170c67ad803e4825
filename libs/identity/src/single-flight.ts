import type { Clock } from '@gateway/clock';

/** Lets equal questions that are asked at the same time share one answer. */
export class SingleFlight<T> {
  private readonly flights = new Map<string, Promise<T>>();

  /** Starts `ask`, or joins the flight that is under way under this key. */
  run(key: string, ask: () => Promise<T>): Promise<T> {
    const joined = this.flights.get(key);
    if (joined !== undefined) return joined;
    const flight = ask().finally(() => this.flights.delete(key));
    this.flights.set(key, flight);
    return flight;
  }
}

/** The promise's value, or `late` when it takes longer than `ms`. The promise goes on for whoever else waits for it. */
export function within<T>(clock: Clock, ms: number, promise: Promise<T>, late: T): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, () => resolve(late));
    promise.then(resolve, reject).finally(() => timer.cancel());
  });
}
