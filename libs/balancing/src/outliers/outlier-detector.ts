import type { CallRecord, EjectionReason, LocalEjection } from './call-record';
import { latencyOutliers, type Outlier, successRateOutliers } from './compare';
import type { OutlierLimits } from './limits';

/** What a detector tells, and draws on. */
export interface OutlierOptions<R extends CallRecord> {
  readonly limits: OutlierLimits;
  /** In [0, 1). */
  readonly random: () => number;
  /** One was taken out. */
  readonly onEjected: (record: R, ejection: LocalEjection) => void;
  /** One is back. */
  readonly onReturned: (record: R, ejection: LocalEjection) => void;
}

/**
 * Takes instances of one service out of use that answer clearly worse than they should, for a while, as far as the cap
 * allows; they come back by themselves. After Envoy's outlier detection.
 *
 * An instance that refuses connections is no matter of judgement: it is out until it can be reached, whatever the cap says.
 * Whoever uses the detector finds that out (`reached`); a call that succeeds says it, too.
 */
export class OutlierDetector<R extends CallRecord> {
  private members: readonly R[] = [];
  private comparedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: OutlierOptions<R>) {}

  /** Takes the instances that there are; what others do is no longer looked at. */
  replace(members: readonly R[]): void {
    this.members = members;
  }

  /** It answered. @param latencyMs until the head of the answer */
  succeeded(record: R, latencyMs: number): void {
    record.successes++;
    record.consecutiveFailures = 0;
    record.latencies.record(latencyMs);
    this.reached(record);
  }

  /** A call took its time and came to nothing. @param now monotonic milliseconds */
  failed(record: R, why: string, now: number): void {
    record.failures++;
    record.consecutiveRefusals = 0;
    const failures = ++record.consecutiveFailures;
    if (failures < this.options.limits.consecutiveFailures) return;
    this.judge(record, 'failures', `${failures} failures in a row: ${why}`, now);
  }

  /** It didn't accept a connection. */
  refused(record: R, why: string): void {
    const refusals = ++record.consecutiveRefusals;
    if (refusals < this.options.limits.consecutiveRefusals || record.ejection?.reason === 'refused') return;
    this.eject(record, { reason: 'refused', why, until: Number.POSITIVE_INFINITY });
  }

  /** It accepts connections. */
  reached(record: R): void {
    record.consecutiveRefusals = 0;
    if (record.ejection?.reason === 'refused') this.giveBack(record, record.ejection);
  }

  /** Gives back whose time is over, and compares when an interval has passed. Call it about once a second. */
  sweep(now: number): void {
    for (const record of this.members)
      if (record.ejection !== null && record.ejection.until <= now) this.giveBack(record, record.ejection);
    if (now - this.comparedAt < this.options.limits.intervalMs) return;
    this.comparedAt = now;
    this.compare(now);
  }

  private compare(now: number): void {
    const { members } = this;
    const { limits } = this.options;
    const present = members.filter(({ ejection }) => ejection === null);
    const outliers = [...successRateOutliers(present, limits), ...latencyOutliers(present, limits)];
    // The worst first: the cap may have room for one only.
    for (const { record, reason, why } of outliers.toSorted(byExcess)) this.judge(record, reason, why, now);
    for (const record of members) {
      record.nextInterval();
      if (record.ejection === null && record.timesEjected > 0) record.timesEjected--;
    }
  }

  /** Ejects it for a time, unless it is out already or too many are. */
  private judge(record: R, reason: EjectionReason, why: string, now: number): void {
    if (record.ejection !== null || !this.members.includes(record) || !this.hasRoom()) return;
    const { ejectionMs, maxEjectionMs, jitter } = this.options.limits;
    const times = ++record.timesEjected;
    const lasts = Math.min(ejectionMs * times, maxEjectionMs) * (1 + jitter * this.options.random());
    this.eject(record, { reason, why, until: now + lasts });
  }

  private hasRoom(): boolean {
    const { length } = this.members;
    const judged = this.members.filter(({ ejection }) => ejection !== null && ejection.reason !== 'refused').length;
    const cap = Math.max(1, Math.floor((length * this.options.limits.maxEjectedPercent) / 100));
    // One is always left.
    return judged < Math.min(cap, length - 1);
  }

  private eject(record: R, ejection: LocalEjection): void {
    record.ejection = ejection;
    this.options.onEjected(record, ejection);
  }

  /** It starts afresh: what it did before says nothing about now. */
  private giveBack(record: R, ejection: LocalEjection): void {
    record.ejection = null;
    record.consecutiveFailures = 0;
    record.consecutiveRefusals = 0;
    record.nextInterval();
    this.options.onReturned(record, ejection);
  }
}

const byExcess = (a: Outlier<CallRecord>, b: Outlier<CallRecord>): number => b.excess - a.excess;
