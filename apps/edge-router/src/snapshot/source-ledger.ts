/** Told what becomes of sources. */
export interface SourceObserver {
  /** A version of the source contributes from now on. @param version a digest */
  accepted(source: string, version: string): void;
  /** A version can't be used; what the source contributed before stays. @param rule a word, for metrics */
  refused(source: string, version: string, rule: string, detail: string): void;
}

/** A version of a source that can't be used. */
export interface SourceRefusal {
  readonly version: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly rule: string;
  readonly detail: string;
}

/** Where a source stands. */
export interface SourceState {
  readonly name: string;
  /** What contributes; null: nothing of it could be used yet. */
  readonly version: string | null;
  /** Since when it does, in milliseconds since the Unix epoch. */
  readonly since: number | null;
  /** Whether a later version was refused and is still what the source says. */
  readonly isRefused: boolean;
  /** The latest refusal, also after a better version came. */
  readonly lastRefusal: SourceRefusal | null;
}

const UNKNOWN = { version: null, since: null, isRefused: false, lastRefusal: null };

/** Which version of each source is in force since when, and what was wrong with the latest that wasn't taken. */
export class SourceLedger implements SourceObserver {
  private readonly states = new Map<string, SourceState>();

  /** @param changed told after each refusal, and when another version is taken, or the same one again after a refusal */
  constructor(
    private readonly now: () => number,
    private readonly changed: (state: SourceState) => void = () => undefined,
  ) {}

  accepted(name: string, version: string): void {
    const known = this.of(name);
    if (known.version !== version) this.set({ ...known, version, since: this.now(), isRefused: false });
    else if (known.isRefused) this.set({ ...known, isRefused: false });
  }

  refused(name: string, version: string, rule: string, detail: string): void {
    const lastRefusal = { version, at: this.now(), rule, detail };
    this.set({ ...this.of(name), isRefused: true, lastRefusal });
  }

  /** Every source, in the order of their names. */
  all(): readonly SourceState[] {
    return [...this.states.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  private of(name: string): SourceState {
    return this.states.get(name) ?? { name, ...UNKNOWN };
  }

  private set(state: SourceState): void {
    this.states.set(state.name, state);
    this.changed(state);
  }
}

/** For whoever doesn't ask afterwards. */
export const NO_OBSERVER: SourceObserver = { accepted: () => undefined, refused: () => undefined };
