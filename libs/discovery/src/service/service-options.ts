import type { ChannelCredentials } from '@grpc/grpc-js';
import type { Clock } from '@gateway/clock';
import type { registryV1 } from '@gateway/contracts';
import type { RegistrationStatus } from '../registration';

/** What a service says of itself to be found, and how it reaches the registry. */
export interface ServiceOptions {
  /** `host:port` of the registry's gRPC listener; several, as a list or separated by commas, stand in for each other. */
  readonly registry: string | readonly string[];
  /**
   * Who it is: the folder of its certificate (cert.pem, key.pem, ca.pem; watched), or gRPC credentials that expect the
   * registry's identity.
   */
  readonly identity: string | ChannelCredentials;
  /** The registry's SPIFFE id, with an identity folder; `spiffe://gateway.local/registry-daemon` when not given. */
  readonly registryIdentity?: string;
  /** Its name, such as `reports-service`. */
  readonly service: string;
  /** `host:port` where others call it. It must listen by now. */
  readonly address: string;
  /** What it speaks there, over TLS with its identity; `grpc` when not given. */
  readonly protocol?: 'grpc' | 'http1' | 'h2';
  /** This copy's name, unique in the service and the same after a restart; the host's name and the port when not given. */
  readonly id?: string;
  /** Its descriptor set with imports: the bytes, or the path of a file. Absent: it has no contract. */
  readonly contract?: Uint8Array | string;
  /** How the registry checks it; by its protocol when not given. */
  readonly healthCheck?: ServiceHealthCheck;
  readonly zone?: string;
  /** What splits of traffic go by, such as `v2`. */
  readonly version?: string;
  /** Relative share of traffic; 1 when not given. */
  readonly weight?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Asked at each renewal. */
  readonly load?: () => { readonly connections: number; readonly inFlight: number };
  /** How long the lease lasts without renewal, in milliseconds, 1000 to 60000; 10000 when not given. */
  readonly leaseMs?: number;
  /** How long it still takes calls after it said that it drains, in milliseconds; 500 when not given. */
  readonly drainMs?: number;
  /** Told each change. */
  readonly onStatus?: (status: RegistrationStatus) => void;
  readonly clock?: Clock;
}

/** How the registry checks an instance. Times are milliseconds. */
export interface ServiceHealthCheck {
  /** `grpc`: grpc.health.v1. `http`: a GET over TLS, below 400 passes. `tcp`: a connection. `none`: the lease counts. */
  readonly kind: 'grpc' | 'http' | 'tcp' | 'none';
  /** The service's name of grpc.health.v1, or the path. */
  readonly target?: string;
  /** 1000 to 60000; 3000 when not given. */
  readonly intervalMs?: number;
  /** 1000 when not given. */
  readonly timeoutMs?: number;
  /** Failures in a row until it counts as failing; 3 when not given. */
  readonly unhealthyThreshold?: number;
  /** Passes in a row until it counts as passing; 1 when not given. */
  readonly healthyThreshold?: number;
}

/** A service's place in the registry. */
export interface RegisteredService {
  readonly id: string;
  readonly status: RegistrationStatus;
  /** Tells at once that it gets nothing new. Resolves when the registry knows, or can't be told now. */
  drain(): Promise<void>;
  /**
   * Drains, still serves for `drainMs` so that everyone has heard of it, and gives the place up. To be awaited before the
   * listener closes: then no call meets a closed port. Once; never fails.
   */
  close(): Promise<void>;
}

export type Protocols = Readonly<Record<NonNullable<ServiceOptions['protocol']>, registryV1.Protocol>>;
export type CheckKinds = Readonly<Record<ServiceHealthCheck['kind'], registryV1.HealthCheck_Kind>>;
