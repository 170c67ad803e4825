import type { DependencyFacts, Finding, InstanceFacts, ServiceFacts } from './facts';

/** Something against an instance. */
export const finding = (state: Finding['state'], why: string, since: number | null = null): Finding => ({
  state,
  why,
  since,
});

/** A check of an app: required and in order unless said otherwise. */
export const dependency = (name: string, given: Partial<DependencyFacts> = {}): DependencyFacts => ({
  name,
  required: true,
  state: 'ok',
  why: '',
  since: 0,
  ...given,
});

/** A ready instance that nobody has anything against. */
export const instanceFacts = (id: string, given: Partial<InstanceFacts> = {}): InstanceFacts => ({
  id,
  address: `${id}:1`,
  life: 'ready',
  zone: '',
  version: '',
  findings: [],
  dependencies: [],
  ...given,
});

/** A service that routes lead to. */
export const serviceFacts = (
  name: string,
  instances: readonly InstanceFacts[],
  given: Partial<ServiceFacts> = {},
): ServiceFacts => ({ name, needed: true, emptySince: null, ...given, instances });
