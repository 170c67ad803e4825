import type { HealthState } from '@gateway/platform';

/** What every node of the tree tells. */
export interface Verdict {
  readonly state: HealthState;
  /** Why it isn't ok, or a detail of why it is. */
  readonly why: string;
  /** When it came into this state, ISO 8601: as the cause tells, else when this edge first saw it. */
  readonly since: string;
}

/** Something that an instance works with: a named check of the app. */
export interface DependencyNode extends Verdict {
  readonly name: string;
  /** Whether the instance is down with it. */
  readonly required: boolean;
}

/** Where an instance is in its life. Only a ready one is sent anything new. */
export type Life = 'starting' | 'ready' | 'draining';

/** One running copy of a service. */
export interface InstanceNode extends Verdict {
  readonly id: string;
  readonly address: string;
  readonly life: Life;
  /** '' when it isn't known. */
  readonly zone: string;
  /** '' when it isn't known. */
  readonly version: string;
  readonly dependencies: readonly DependencyNode[];
}

/** A service, or this edge itself. */
export interface ServiceNode extends Verdict {
  readonly name: string;
  /** Whether users notice when it is down: routes lead to it. */
  readonly needed: boolean;
  readonly instances: readonly InstanceNode[];
}

/** The whole platform, as one edge sees it. */
export interface PlatformNode extends Verdict {
  /** When the tree was computed: ISO 8601. */
  readonly at: string;
  readonly services: readonly ServiceNode[];
}
