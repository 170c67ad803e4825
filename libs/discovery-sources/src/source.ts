import { type FoundInstance, keepEqual, type SourceKind } from './instance';

/** How current a source is. Times are milliseconds since the Unix epoch. */
export type SourceStatus =
  /** It hasn't answered yet. */
  | { readonly state: 'starting'; readonly why: string; readonly since: number }
  | { readonly state: 'live'; readonly since: number }
  /** It can't be asked; the last known good is served. */
  | { readonly state: 'stale'; readonly why: string; readonly since: number };

/** Tells where the instances of one service are, and keeps itself up to date until it is closed. */
export interface InstanceSource {
  readonly kind: SourceKind;
  /** Ready and not; the same array until one changes. Undefined until the source has answered once. */
  instances(): readonly FoundInstance[] | undefined;
  readonly status: SourceStatus;
  /** Calls back when the instances or the state changed. @returns a function that ends it */
  onChange(listener: () => void): () => void;
  close(): void;
}

/** What a source knows and who wants to hear of it: the part that all sources have in common. */
export class Findings {
  readonly #listeners = new Set<() => void>();
  #instances: readonly FoundInstance[] | undefined;
  #status: SourceStatus;

  /** @param now milliseconds since the Unix epoch */
  constructor(private readonly now: () => number) {
    this.#status = { state: 'starting', why: 'has not answered yet', since: now() };
  }

  get instances(): readonly FoundInstance[] | undefined {
    return this.#instances;
  }

  get status(): SourceStatus {
    return this.#status;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The source answered. */
  found(instances: readonly FoundInstance[]): void {
    const kept = keepEqual(this.#instances, instances);
    const isNews = kept !== this.#instances || this.#status.state !== 'live';
    this.#instances = kept;
    if (this.#status.state !== 'live') this.#status = { state: 'live', since: this.now() };
    if (isNews) this.#tell();
  }

  /** The source can't be asked: what is known stays. */
  failed(why: string): void {
    const state = this.#instances === undefined ? 'starting' : 'stale';
    const known = this.#status;
    if (known.state === state && known.why === why) return;
    this.#status = { state, why, since: known.state === state ? known.since : this.now() };
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
