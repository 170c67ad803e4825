import { credentials as grpcCredentials } from '@grpc/grpc-js';
import {
  type CredentialsFor,
  type EndpointUsage,
  type GrpcEndpoint,
  GrpcPool,
  grpcEndpointKey,
} from '@gateway/grpc-pool';
import { serviceNameOf } from '@gateway/mtls';
import type { Edge } from '../edge';
import { type HttpClient, type HttpClientOptions, httpEndpointKey } from '../engine/http-client';
import { UndiciHttpClient } from '../engine/node/http-client/undici-http-client';
import type { GrpcCaller } from '../pipeline/forward-grpc';
import type { GrpcStreamCaller } from '../pipeline/forward-stream';
import { httpEndpoint } from '../pipeline/forward-http';
import type { Endpoint } from '../upstreams/endpoint';
import type { EndpointHolder } from '../upstreams/endpoint-reaper';

/** The connections to upstreams as they are sized. */
export interface UpstreamConnections {
  /** What each endpoint in use carries, whatever its protocol. */
  usage(): readonly EndpointUsage[];
  /** The `key` of an endpoint's usage. Endpoints of several services at one address share it, and the connections. */
  keyOf(endpoint: Endpoint): string;
  /** How many connections there should be, kept within the configured bounds, until the endpoint is released. */
  setTarget(endpoint: Endpoint, connections: number): void;
}

/** What calls upstreams. */
export interface Clients {
  readonly http: HttpClient;
  readonly grpc: GrpcCaller & GrpcStreamCaller;
  readonly pool: GrpcPool;
  /** Closes what is held for an endpoint. */
  readonly holder: EndpointHolder;
  readonly connections: UpstreamConnections;
}

/** Opens the clients. Inside the platform they show the edge's identity and accept only the instance's owner. */
export function openClients({ clock, config, identity, lifecycle }: Edge): Clients {
  const { poolMin: min, poolMax, poolMaxMultiplexed: max, poolStreams: streams } = config;
  const bounds = { min, connections: poolMax, h2Connections: max, streams };
  const http = new UndiciHttpClient({ tls: tlsFor(identity), ...bounds }, clock);
  const pool = new GrpcPool({ clock, credentialsFor: credentialsFor(identity), min, max, streams });
  lifecycle.onStop(async () => {
    pool.close();
    await http.close();
  }, 'upstream connections');
  return {
    http,
    pool,
    grpc: {
      unary: (endpoint, path, request, options) => pool.unary(channelOf(endpoint), path, request, options),
      stream: (endpoint, path, options) => pool.stream(channelOf(endpoint), path, options),
    },
    holder: {
      release: (endpoint) =>
        endpoint.protocol === 'grpc' ? pool.release(channelOf(endpoint)) : http.release(httpEndpoint(endpoint)),
    },
    connections: connectionsOf(pool, http, identity !== null),
  };
}

const connectionsOf = (pool: GrpcPool, http: HttpClient, hasIdentity: boolean): UpstreamConnections => ({
  usage: () => [...pool.usage(), ...http.usage()],
  keyOf: (endpoint) =>
    endpoint.protocol === 'grpc' ? grpcEndpointKey(channelOf(endpoint)) : httpEndpointKey(httpEndpoint(endpoint)),
  setTarget: (endpoint, connections) => {
    if (endpoint.protocol !== 'grpc') http.setTarget(httpEndpoint(endpoint), connections);
    // Without an identity there is nothing to open: calls say so.
    else if (hasIdentity || endpoint.expect === '') pool.setTarget(channelOf(endpoint), connections);
  },
});

/** What stands for "no identity is expected" in a channel's key, with TLS and without. */
const WEB_TLS = 'tls';
const CLEARTEXT = 'cleartext';

const channelOf = ({ address, expect, secure }: Endpoint): GrpcEndpoint => ({
  address,
  expect: expect !== '' ? expect : secure ? WEB_TLS : CLEARTEXT,
});

function credentialsFor(identity: Edge['identity']): CredentialsFor {
  return (expect) => {
    if (expect === CLEARTEXT) return { credentials: grpcCredentials.createInsecure() };
    if (expect === WEB_TLS) return { credentials: grpcCredentials.createSsl() };
    if (identity === null) throw new Error(`${expect} needs mutual TLS: set GATEWAY_IDENTITY_DIR`);
    return {
      credentials: identity.grpcClientCredentials({ expect }),
      // Node refuses an IP address as TLS server name. Who the server must be is for the credentials to check.
      options: { 'grpc.ssl_target_name_override': serviceNameOf(expect) },
    };
  };
}

function tlsFor(identity: Edge['identity']): NonNullable<HttpClientOptions['tls']> {
  return ({ expect }) => {
    if (expect === undefined) return {};
    if (identity === null) throw new Error(`${expect} needs mutual TLS: set GATEWAY_IDENTITY_DIR`);
    return { ...identity.tlsClientOptions({ expect }), servername: serviceNameOf(expect) };
  };
}
