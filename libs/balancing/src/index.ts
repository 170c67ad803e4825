export { Balancer, type BalancerOptions, type CallKeys, KEYLESS } from './balancer';
export { Candidate, type CandidateFacts, type Standing } from './candidate';
export { anyOf, NO_KEY, type Skip } from './chooser';
export { hashText } from './hash';
export { CallRecord, type EjectionReason, type LocalEjection } from './outliers/call-record';
export { OUTLIER_LIMITS, type OutlierLimits } from './outliers/limits';
export { OutlierDetector, type OutlierOptions } from './outliers/outlier-detector';
export { type Algorithm, type BalancingPolicy, DEFAULT_POLICY, type SplitShare } from './policy';
