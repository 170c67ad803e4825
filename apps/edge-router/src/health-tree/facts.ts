import type { HealthState } from '@gateway/platform';
import type { Life } from './tree';

/** A reason why something isn't ok. */
export interface Finding {
  readonly state: Exclude<HealthState, 'ok'>;
  readonly why: string;
  /** Milliseconds since the epoch; null: whoever found it doesn't know. */
  readonly since: number | null;
}

/** A named check of an app. */
export interface DependencyFacts {
  readonly name: string;
  readonly required: boolean;
  readonly state: HealthState;
  readonly why: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** What is known of an instance. */
export interface InstanceFacts {
  readonly id: string;
  readonly address: string;
  readonly life: Life;
  readonly zone: string;
  readonly version: string;
  /** What registry, gateways and this edge have against it. */
  readonly findings: readonly Finding[];
  readonly dependencies: readonly DependencyFacts[];
}

/** What is known of a service. */
export interface ServiceFacts {
  readonly name: string;
  readonly needed: boolean;
  readonly instances: readonly InstanceFacts[];
  /** When its last instance went, milliseconds since the epoch; null: not known, or it has one. */
  readonly emptySince: number | null;
}
