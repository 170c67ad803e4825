import { PeakEwma } from './peak-ewma';

/** Whether a candidate may get calls. */
export type Standing =
  /** It may. */
  | 'usable'
  /** It answers badly, or somebody says so: it gets calls only when too few are left. */
  | 'withheld'
  /** It refuses connections: it is as good as gone, and gets calls only when there is nobody else. */
  | 'unreachable';

/** What is fixed about a candidate for as long as its instance lives. */
export interface CandidateFacts {
  /** Unique and stable within its service, the same in every process: hashing goes by it. */
  readonly id: string;
  /** Relative share of calls, above 0. */
  readonly weight: number;
  /** Where it runs; '' when that isn't known. */
  readonly zone: string;
  /** What traffic is split by; '' when it isn't known. */
  readonly version: string;
}

/** One instance as balancers see it: what it is, and what this process knows of its calls. */
export class Candidate implements CandidateFacts {
  readonly id: string;
  readonly weight: number;
  readonly zone: string;
  readonly version: string;
  /** Calls that have begun and not ended. */
  inFlight = 0;
  /** Of its answers' heads, in milliseconds. */
  readonly latency = new PeakEwma();
  /** Set by whoever judges it; balancers read it when they are given the candidates. */
  standing: Standing = 'usable';

  /** @param since from when its slow start counts, in monotonic milliseconds */
  constructor(
    { id, weight, zone, version }: CandidateFacts,
    public since: number,
  ) {
    if (!(weight > 0 && weight < Number.POSITIVE_INFINITY))
      throw new RangeError(`weight must be above 0, not ${weight}`);
    this.id = id;
    this.weight = weight;
    this.zone = zone;
    this.version = version;
  }
}
