/** A value of the info page, or what makes it when the page is asked for. */
export type InfoValue = unknown | (() => unknown);

/** What `/info` shows. */
export class InfoRegistry {
  readonly #values = new Map<string, InfoValue>();
  readonly #standalone: string[] = [];

  /** Adds a value; a function is called for each view of the page. Replaces one of the same name. */
  add(name: string, value: InfoValue): void {
    this.#values.set(name, value);
  }

  /** Says in one line that something is done locally because an address isn't configured. Logged at start. */
  standalone(line: string): void {
    this.#standalone.push(line);
  }

  /** The lines given to `standalone`. */
  get standaloneLines(): readonly string[] {
    return this.#standalone;
  }

  /** The page. */
  async read(): Promise<Record<string, unknown>> {
    const entries = [...this.#values].map(async ([name, value]) => [
      name,
      typeof value === 'function' ? await value() : value,
    ]);
    return { ...Object.fromEntries(await Promise.all(entries)), standalone: this.#standalone };
  }
}
