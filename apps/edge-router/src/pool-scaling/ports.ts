import type { EndpointUsage } from '@gateway/grpc-pool';
import type { Endpoint } from '../upstreams/endpoint';

/** The connections that are sized. */
export interface SizedConnections {
  /** What each endpoint in use carries. */
  usage(): readonly EndpointUsage[];
  /** The `key` of an endpoint's usage. */
  keyOf(endpoint: Endpoint): string;
  /**
   * How many connections there should be, until the endpoint is released.
   * @throws when no connection to such an endpoint can be made at all
   */
  setTarget(endpoint: Endpoint, connections: number): void;
}

/** The services and where they are. */
export interface ServiceEndpoints {
  services(): readonly string[];
  endpoints(service: string): readonly Endpoint[];
}
