import type { DnsQuestion, MergeRule } from '@gateway/discovery-sources';
import type { Endpoint, EndpointProtocol } from '../endpoint';

/** A service of the route file whose instances are found while the edge runs. */
export interface FoundService {
  readonly protocol: EndpointProtocol;
  /** The SPIFFE id that every found instance must have: mutual TLS; '' for none: in the clear. */
  readonly expect: string;
  readonly merge: MergeRule;
  /** Whether those that are registered under the service's name count, too. */
  readonly registry: boolean;
  readonly kubernetes: FoundInKubernetes | null;
  readonly dns: FoundByDns | null;
  /** Those at fixed URLs. */
  readonly fixed: readonly Endpoint[];
}

/** The instances of a Service. */
export interface FoundInKubernetes {
  readonly namespace: string;
  readonly service: string;
  /** By name ('' for a Service's only port), or the number on the instances. */
  readonly port: string | number;
}

/** The instances that DNS names. */
export interface FoundByDns {
  readonly question: DnsQuestion;
  /** The longest time between two look-ups, in milliseconds. */
  readonly refreshMs: number | undefined;
}
