import type { Unsubscribe } from './redis-client';

/** Functions to call when something happens. */
export class Listeners<Args extends readonly unknown[]> {
  private readonly all = new Set<(...args: Args) => void>();

  add(listener: (...args: Args) => void): Unsubscribe {
    // A wrapper of its own: the same function may be added twice and taken back one by one.
    const entry = (...args: Args) => listener(...args);
    this.all.add(entry);
    return () => void this.all.delete(entry);
  }

  emit(...args: Args): void {
    for (const listener of [...this.all]) listener(...args);
  }
}
