import type { Clock, Timer } from '@gateway/clock';
import { EndpointConnections, type EndpointOptions } from './endpoint-connections';
import type {
  ChannelStats,
  CredentialsFor,
  GrpcEndpoint,
  GrpcStream,
  StreamOptions,
  UnaryOptions,
  UnaryResult,
} from './types';
import { DEFAULT_MAX_AGE_MS } from './upkeep';
import type { EndpointUsage } from './usage';

const DEFAULT_IDLE_MS = 300_000;
const DEFAULT_MAX_RECEIVE_BYTES = 16 * 1_024 * 1_024;
const DEFAULT_CONNECT_TIMEOUT_MS = 5_000;
const DEFAULT_MAX_CONNECTIONS = 16;
/** What servers commonly allow. */
const DEFAULT_STREAMS = 100;
/** How often connections are looked after. */
const LOOK_MS = 1_000;

/** How the connections of a pool are made and kept. */
export interface GrpcPoolOptions {
  readonly clock: Clock;
  readonly credentialsFor: CredentialsFor;
  /** Connections to each endpoint in use, at least. Default 0. */
  readonly min?: number;
  /** Connections to one endpoint, at most; while one is being replaced, one more. Default 16. */
  readonly max?: number;
  /** Calls that one connection carries at a time. Default 100. */
  readonly streams?: number;
  /** A connection without calls for that long is closed. Default 300000. */
  readonly idleMs?: number;
  /** For a connection to be established. Calls that waited for it are refused then. Default 5000. */
  readonly connectTimeoutMs?: number;
  /** A connection is replaced at that age ±20 %. Default 1800000. */
  readonly maxAgeMs?: number;
  /** The largest response message; a larger one is RESOURCE_EXHAUSTED. Default 16 MiB. */
  readonly maxReceiveBytes?: number;
  /** From 0 (included) to 1 (excluded). */
  readonly random?: () => number;
}

/** gRPC connections by endpoint, for each address and identity its own. */
export class GrpcPool {
  private readonly endpoints = new Map<string, EndpointConnections>();
  private readonly sweep: Timer;
  private readonly clock: Clock;
  private readonly endpointOptions: EndpointOptions;

  constructor(options: GrpcPoolOptions) {
    this.clock = options.clock;
    this.endpointOptions = {
      min: 0,
      max: DEFAULT_MAX_CONNECTIONS,
      streams: DEFAULT_STREAMS,
      idleMs: DEFAULT_IDLE_MS,
      connectTimeoutMs: DEFAULT_CONNECT_TIMEOUT_MS,
      maxAgeMs: DEFAULT_MAX_AGE_MS,
      maxReceiveBytes: DEFAULT_MAX_RECEIVE_BYTES,
      random: Math.random,
      ...options,
    };
    this.sweep = options.clock.every(LOOK_MS, () => this.look());
  }

  /**
   * Calls a unary method, on the ready connection with the fewest calls. An endpoint that can't be reached fails at once,
   * without waiting for it to come back.
   * @param path the method: `/package.Service/Method`
   * @param request the encoded request message
   * @throws GrpcCallError for every status other than OK, among them UNAVAILABLE with `refused` when the call certainly
   *   wasn't processed; Error when the metadata has a name or value that gRPC can't carry, and what `credentialsFor` throws
   */
  async unary(endpoint: GrpcEndpoint, path: string, request: Uint8Array, options: UnaryOptions): Promise<UnaryResult> {
    return this.connectionsOf(endpoint).unary(path, request, this.clock.now() + options.deadlineMs, options);
  }

  /**
   * Calls a streaming method, on a connection chosen as for a unary call. The stream tells how the call went.
   * @param path the method: `/package.Service/Method`
   * @throws GrpcCallError UNAVAILABLE, `refused`, when it is known that the endpoint can't be reached; Error when the
   *   metadata has a name or value that gRPC can't carry, and what `credentialsFor` throws
   */
  stream(endpoint: GrpcEndpoint, path: string, options: StreamOptions = {}): GrpcStream {
    const { deadlineMs = Number.POSITIVE_INFINITY } = options;
    return this.connectionsOf(endpoint).stream(path, this.clock.now() + deadlineMs, options);
  }

  /**
   * How many connections to the endpoint there should be, kept within the pool's least and most: missing ones are opened
   * ahead of need, surplus ones close when they idle. It holds until the endpoint is released.
   * @throws what `credentialsFor` throws
   */
  setTarget(endpoint: GrpcEndpoint, connections: number): void {
    this.connectionsOf(endpoint).setTarget(connections);
  }

  /** What the endpoints carry that have been called, or have a target, and weren't released or left idle. */
  usage(): readonly EndpointUsage[] {
    const now = this.clock.monotonic();
    return [...this.endpoints].map(([key, connections]) => connections.usage(key, now));
  }

  /** The endpoint has a new generation: the next call connects anew, at once, whatever happened before. */
  reset(endpoint: GrpcEndpoint): void {
    this.release(endpoint);
  }

  /** The endpoint isn't used any more: its connections close after the calls in flight, its target is forgotten. */
  release(endpoint: GrpcEndpoint): void {
    const key = grpcEndpointKey(endpoint);
    this.endpoints.get(key)?.close();
    this.endpoints.delete(key);
  }

  /** The connections that take calls. */
  stats(): ChannelStats[] {
    return [...this.endpoints.values()].flatMap((connections) => connections.stats());
  }

  /** Closes every connection after its calls in flight. The pool must not be used afterwards. */
  close(): void {
    this.sweep.cancel();
    for (const connections of this.endpoints.values()) connections.close();
    this.endpoints.clear();
  }

  private connectionsOf(endpoint: GrpcEndpoint): EndpointConnections {
    const key = grpcEndpointKey(endpoint);
    let connections = this.endpoints.get(key);
    if (connections === undefined) {
      connections = new EndpointConnections(endpoint, this.endpointOptions);
      this.endpoints.set(key, connections);
    }
    return connections;
  }

  private look(): void {
    const now = this.clock.monotonic();
    for (const [key, connections] of [...this.endpoints]) {
      connections.look(now);
      if (connections.isUnused) this.endpoints.delete(key);
    }
  }
}

/** Names an endpoint within a pool: see EndpointUsage. */
export const grpcEndpointKey = ({ address, expect }: GrpcEndpoint): string => `grpc ${address} ${expect}`;
