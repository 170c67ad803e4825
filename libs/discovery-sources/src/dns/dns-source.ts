import type { Clock, Timer } from '@gateway/clock';
import type { FoundInstance, FoundProtocol } from '../instance';
import { Findings, type InstanceSource, type SourceStatus } from '../source';
import { type DnsAnswer, type DnsQuestion, lookUp } from './lookup';
import type { DnsResolver } from './resolver';

/** What is looked up, and how often. */
export interface DnsSourceOptions {
  readonly service: string;
  readonly question: DnsQuestion;
  readonly protocol: FoundProtocol;
  readonly resolver: DnsResolver;
  readonly clock: Clock;
  /** From 0 (included) to 1 (excluded). */
  readonly random: () => number;
  /** The longest time between two look-ups, in milliseconds, whatever the records allow; 30000 when not given. */
  readonly refreshMs?: number;
  /** How long an empty answer is not believed, in milliseconds; 30000 when not given. */
  readonly emptyGraceMs?: number;
}

const REFRESH_MS = 30_000;
const EMPTY_GRACE_MS = 30_000;
/** Whatever a record says, name servers are asked no more often. */
const LEAST_REFRESH_MS = 1_000;
/** After a failure, or an empty answer. */
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 5_000;
/** Up to a tenth later, so that gateways that started together don't ask together. */
const SPREAD = 0.1;

/**
 * Finds instances by DNS and looks again when the records' time is over (SRV records come without one: then after
 * `refreshMs`). While it isn't answered the last known good stays, for as long as it takes; an answer without
 * instances counts after `emptyGraceMs`, since it is more often a mistake than the truth.
 */
export class DnsSource implements InstanceSource {
  readonly kind = 'dns';
  readonly #findings: Findings;
  #timer: Timer | null = null;
  #failures = 0;
  /** Since when answers are empty, monotonic; null when they aren't. */
  #emptySince: number | null = null;
  #closed = false;

  constructor(private readonly options: DnsSourceOptions) {
    this.#findings = new Findings(() => options.clock.now());
    void this.#look();
  }

  instances(): readonly FoundInstance[] | undefined {
    return this.#findings.instances;
  }

  get status(): SourceStatus {
    return this.#findings.status;
  }

  onChange(listener: () => void): () => void {
    return this.#findings.onChange(listener);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    const { resolver, question, clock, random } = this.options;
    const pause = await lookUp(resolver, question).then(
      (answer) => (this.#closed ? 0 : this.#answered(answer)),
      (error: unknown) => (this.#closed ? 0 : this.#failed(error)),
    );
    if (!this.#closed) this.#timer = clock.after(pause * (1 + random() * SPREAD), () => void this.#look());
  }

  /** @returns milliseconds until the next look */
  #answered({ places, ttl }: DnsAnswer): number {
    const { service, protocol, refreshMs = REFRESH_MS } = this.options;
    if (places.length === 0) return this.#empty();
    this.#failures = 0;
    this.#emptySince = null;
    this.#findings.found(
      places.map(({ address, weight }) => ({
        ...{ id: `dns:${address}`, service, address, protocol, weight },
        ...{ zone: '', version: '', ready: true },
      })),
    );
    // Node gives no time for SRV records; their targets' time would hide a new target for as long.
    if (ttl === null || 'srv' in this.options.question) return refreshMs;
    return Math.min(refreshMs, Math.max(LEAST_REFRESH_MS, ttl * 1_000));
  }

  #empty(): number {
    const { clock, emptyGraceMs = EMPTY_GRACE_MS } = this.options;
    this.#emptySince ??= clock.monotonic();
    const known = this.#findings.instances ?? [];
    const left = this.#emptySince + emptyGraceMs - clock.monotonic();
    if (known.length > 0 && left > 0) {
      this.#findings.failed('the answer has no address; those known before are kept for a while');
      return Math.min(this.#retry(), left);
    }
    this.#findings.found([]);
    return this.#retry();
  }

  #failed(error: unknown): number {
    const { code, message } = error as NodeJS.ErrnoException;
    this.#findings.failed(`can't be resolved: ${code ?? message}`);
    return this.#retry();
  }

  #retry(): number {
    const ceiling = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 10);
    return ceiling * (0.5 + this.options.random() / 2);
  }
}
