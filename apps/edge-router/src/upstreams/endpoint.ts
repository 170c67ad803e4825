import type { HttpUpstreamProtocol } from '../engine/http-client';

/** How an endpoint is spoken to. */
export type EndpointProtocol = HttpUpstreamProtocol | 'grpc';

/** One place that requests can be forwarded to. The same object as long as it is the same life of the same instance. */
export interface Endpoint {
  /** Unique and stable within its service: the instance's id, or the URL. */
  readonly id: string;
  /** `host:port`. */
  readonly address: string;
  readonly protocol: EndpointProtocol;
  /** TLS. */
  readonly secure: boolean;
  /** The SPIFFE id that the server's certificate must have; '' where the platform's identities don't reach. */
  readonly expect: string;
  /** Which life of the instance it is; '' for a fixed address. */
  readonly generation: string;
  /** The digest of the contract that it serves; '' when it isn't known: then it is taken to serve everything. */
  readonly contractDigest: string;
  /** Open connections as the instance last reported. */
  readonly reportedConnections: number;
}
