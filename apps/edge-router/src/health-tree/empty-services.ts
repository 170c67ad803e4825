import type { Clock } from '@gateway/clock';

/** What is read of the registry's directory. */
interface Directory {
  instances(service: string): readonly unknown[];
  onChange(listener: (change: { readonly services: ReadonlySet<string> }) => void): unknown;
}

/** Remembers when a service lost its last instance, also when nobody asks for the tree at that time. */
export class EmptyServices {
  readonly #since = new Map<string, number>();

  constructor(directory: Directory, clock: Pick<Clock, 'now'>) {
    directory.onChange(({ services }) => {
      for (const service of services)
        if (directory.instances(service).length > 0) this.#since.delete(service);
        else if (!this.#since.has(service)) this.#since.set(service, clock.now());
    });
  }

  /** Milliseconds since the epoch; null: it has instances, or never had one. */
  since(service: string): number | null {
    return this.#since.get(service) ?? null;
  }
}
