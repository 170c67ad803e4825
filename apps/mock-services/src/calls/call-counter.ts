import type { StageDirections } from '../scenarios/stage-directions';

/** Counts the calls that reached a service: what proves that a cache hit didn't. */
export class CallCounter {
  readonly #counts = new Map<string, number>();

  /** @param directions what is done to calls before they are answered */
  constructor(readonly directions: StageDirections) {}

  /** @param name such as `project.v1.ProjectService/GetProject` */
  add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  counts(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  reset(): void {
    this.#counts.clear();
  }
}
