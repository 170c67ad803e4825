import type { HttpUpstreamProtocol } from '../engine/http-client';

/** How an endpoint is spoken to. */
export type EndpointProtocol = HttpUpstreamProtocol | 'grpc';

/** Why an endpoint should get no calls while others can. */
export interface Withheld {
  /** What active checks say, or what enough gateways agreed on. */
  readonly reason: 'health' | 'ejection';
  /** For people. */
  readonly why: string;
  /** Until when, in milliseconds since the Unix epoch; Infinity: until it is said otherwise. */
  readonly until: number;
}

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
  /** Relative share of calls; 1 when it isn't said. */
  readonly weight?: number;
  /** Where it runs; '' or absent when it isn't known. */
  readonly zone?: string;
  /** The version that splits go by; '' or absent when it isn't known. */
  readonly version?: string;
  /** What the registry has against it, as of now; null or absent: nothing. */
  readonly withheld?: Withheld | null;
}
