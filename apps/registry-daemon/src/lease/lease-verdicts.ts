import type { Lease } from './lease';

/** What is known of an instance from those who call it: edges and active checks. */
export type LeaseVerdict =
  /** It answers: its lease ran out because renewals don't get through. */
  | 'answering'
  /** It refuses connections. */
  | 'refusing'
  /** Nobody has said anything lately. */
  | 'unknown';

/** Asked when a lease has run out. */
export interface LeaseVerdicts {
  verdictOf(lease: Lease): LeaseVerdict;
}
