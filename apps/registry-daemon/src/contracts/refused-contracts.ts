import type { Clock } from '@gateway/clock';

/** How long a refusal is shown after the latest attempt, in milliseconds: instances that are refused try again within 30 s. */
export const SHOWN_MS = 10 * 60_000;
/** Services that are shown at most: names are anyone's to invent. */
const MAX_SHOWN = 20;

/** Which services offer a contract that is refused, for whoever looks at the registry's health. */
export class RefusedContracts {
  readonly #refused = new Map<string, { readonly detail: string; readonly end: { cancel(): void } }>();

  /** @param onChange told what to show: a line for each service; null: nothing is refused */
  constructor(
    private readonly clock: Pick<Clock, 'after'>,
    private readonly onChange: (why: string | null) => void,
  ) {}

  /** A service's contract is refused. */
  add(service: string, detail: string): void {
    this.#forget(service);
    const [oldest] = this.#refused.keys();
    if (this.#refused.size >= MAX_SHOWN && oldest !== undefined) this.#forget(oldest);
    this.#refused.set(service, { detail, end: this.clock.after(SHOWN_MS, () => this.settle(service)) });
    this.#tell();
  }

  /** What the service offers is fine, or it offers nothing any more. */
  settle(service: string): void {
    if (this.#forget(service)) this.#tell();
  }

  #forget(service: string): boolean {
    this.#refused.get(service)?.end.cancel();
    return this.#refused.delete(service);
  }

  #tell(): void {
    const lines = [...this.#refused].map(([service, { detail }]) => `${service}: ${detail}`);
    this.onChange(lines.length === 0 ? null : lines.join('; '));
  }
}
