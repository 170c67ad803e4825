import type { Clock } from '@gateway/clock';
import type { registryV1 } from '@gateway/contracts';
import type { CheckPlan } from './check-plan';

/** What a check is made of: one life of an instance, and what to ask it. */
export interface ProbeTarget {
  /** Names this life of the instance: another one gets connections of its own. */
  readonly key: string;
  /** `host:port` */
  readonly address: string;
  /** The SPIFFE id that must answer. */
  readonly owner: string;
  readonly protocol: registryV1.Protocol;
  /** As in CheckPlan. */
  readonly target: string;
}

/** One way of checking. */
export interface Probe {
  /**
   * Resolves when the instance passes.
   * @param signal aborts when the check has taken too long; the probe then ends at once
   * @throws Error whose message says why it fails
   */
  check(target: ProbeTarget, signal: AbortSignal): Promise<void>;
  /** Closes what is kept open for an instance that isn't checked here any more. */
  forget(key: string): void;
  /** Closes everything. */
  close(): void;
}

/** How a check ended. */
export type CheckResult =
  | { readonly passed: true }
  | { readonly passed: false; readonly why: string }
  /** This process stood still meanwhile: the answer may have been there in time. It counts as nothing. */
  | 'unsure';

/** By kind of check. */
export type Probes = Readonly<Record<CheckPlan['kind'], Probe>>;

/** A check that ends this much after its timeout says more of this process than of the instance; milliseconds. */
const STALL_MS = 200;
/** Reasons are shown to people and sent to every watcher. */
const MAX_WHY = 200;

/** Makes single checks, each within its timeout. */
export class Checker {
  constructor(
    private readonly probes: Probes,
    private readonly clock: Clock,
  ) {}

  /** Never rejects. */
  async check({ kind, timeoutMs }: CheckPlan, target: ProbeTarget): Promise<CheckResult> {
    const began = this.clock.monotonic();
    const controller = new AbortController();
    const timer = this.clock.after(timeoutMs, () => controller.abort());
    const failure = await this.probes[kind].check(target, controller.signal).then(
      () => null,
      (error: Error) => error,
    );
    timer.cancel();
    if (failure === null) return { passed: true };
    if (this.clock.monotonic() - began > timeoutMs + STALL_MS) return 'unsure';
    const why = controller.signal.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(failure);
    return { passed: false, why: why.slice(0, MAX_WHY) };
  }

  /** Closes what is kept open for one life of an instance. */
  forget(key: string): void {
    for (const probe of Object.values(this.probes)) probe.forget(key);
  }

  close(): void {
    for (const probe of Object.values(this.probes)) probe.close();
  }
}

/** Some errors of the system have a code and no message: those of several addresses that were all tried. */
const reasonOf = ({ message, code }: NodeJS.ErrnoException): string => message || code || 'it failed without a reason';
