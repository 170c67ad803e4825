import { LatencyHistogram } from './latency-histogram';

/** Why an instance is taken out. */
export type EjectionReason =
  /** Failures in a row. */
  | 'failures'
  /** Fewer successes than its peers. */
  | 'success-rate'
  /** Slower than its peers. */
  | 'latency'
  /** It refuses connections. */
  | 'refused';

/** An instance is out. */
export interface LocalEjection {
  readonly reason: EjectionReason;
  /** What was seen, for people. */
  readonly why: string;
  /** When it comes back, in monotonic milliseconds; Infinity: when it can be reached. */
  readonly until: number;
}

/** What is known of the calls to one life of an instance. Only the detector writes it. */
export class CallRecord {
  consecutiveFailures = 0;
  consecutiveRefusals = 0;
  /** In the running interval. */
  successes = 0;
  failures = 0;
  readonly latencies = new LatencyHistogram();
  /** How often it was ejected lately; goes down by one in each interval that it is in. */
  timesEjected = 0;
  ejection: LocalEjection | null = null;

  /** Calls of the running interval that say something. */
  get calls(): number {
    return this.successes + this.failures;
  }

  /** Begins the next interval. */
  nextInterval(): void {
    this.successes = 0;
    this.failures = 0;
    this.latencies.clear();
  }
}
