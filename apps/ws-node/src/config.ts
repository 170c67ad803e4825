import {
  adminFields,
  authFields,
  defineConfig,
  duration,
  host,
  integer,
  json,
  list,
  platformFields,
  port,
  redisFields,
  registryFields,
  size,
  type InferConfig,
} from '@gateway/config';
import { issuersSchema } from '@gateway/identity';

/** The whole configuration of a ws-node. */
export const wsNodeConfig = defineConfig({
  app: 'ws-node',
  prefix: 'WSNODE_',
  fields: {
    ...platformFields,
    ...adminFields('WSNODE_', 9904),
    ...redisFields,
    ...registryFields,
    ...authFields,
    issuers: json('GATEWAY_ISSUERS', issuersSchema, {
      optional: true,
      doc: 'JSON array of token issuers. Tokens are verified with them when GATEWAY_AUTH is not set.',
    }),
    host: host('WSNODE_HOST', { default: '127.0.0.1', doc: 'Where Socket.IO and gRPC listen.' }),
    port: port('WSNODE_PORT', { default: 7600, doc: 'HTTPS port of Socket.IO.' }),
    grpcPort: port('WSNODE_GRPC_PORT', { default: 7601, doc: 'gRPC port of RealtimeService.' }),
    advertisedHost: host('WSNODE_ADVERTISED_HOST', {
      default: 'localhost',
      doc: 'The host under which the registry lists this node.',
    }),
    allowedOrigins: list('WSNODE_ALLOWED_ORIGINS', {
      default: [],
      doc: 'Origins of web pages that may connect, such as https://app.example.com; `*`: all. Pages of the own host always may.',
    }),
    trustedProxies: list('WSNODE_TRUSTED_PROXIES', {
      default: ['edge-router'],
      doc: 'Identities whose x-forwarded-* and x-request-id headers are believed.',
    }),
    publishers: list('WSNODE_PUBLISHERS', {
      default: ['operator'],
      doc: 'Identities that may call RealtimeService/Publish; `*`: everyone with a certificate of the platform.',
    }),
    maxConnections: integer('WSNODE_MAX_CONNECTIONS', {
      default: 10_000,
      min: 1,
      doc: 'Sockets that this node takes; more are refused with 503.',
    }),
    maxRooms: integer('WSNODE_MAX_ROOMS', { default: 100, min: 1, doc: 'Rooms that one socket may be in.' }),
    maxPayload: size('WSNODE_MAX_PAYLOAD', {
      default: 98_304,
      min: 1_024,
      max: 1_048_576,
      doc: 'Largest frame of a client. A larger one ends its connection.',
    }),
    maxBacklog: integer('WSNODE_MAX_BACKLOG', {
      default: 1_000,
      min: 1,
      doc: 'Packets that may wait for a slow client before its connection is ended.',
    }),
    eventRate: integer('WSNODE_EVENT_RATE', { default: 50, min: 1, doc: 'Client events per second and socket.' }),
    eventBurst: integer('WSNODE_EVENT_BURST', {
      default: 100,
      min: 1,
      doc: 'Client events that a socket may send at once.',
    }),
    authTimeout: duration('WSNODE_AUTH_TIMEOUT', {
      default: 3_000,
      min: 1,
      doc: 'How long a token or permission may take to check.',
    }),
    recheckInterval: duration('WSNODE_RECHECK_INTERVAL', {
      default: 10_000,
      min: 1_000,
      doc: 'How often every open session is checked again.',
    }),
    drainPeriod: duration('WSNODE_DRAIN_PERIOD', {
      default: 5_000,
      min: 100,
      doc: 'Time over which a draining node sends its sockets elsewhere.',
    }),
  },
  check: ({ auth, issuers, registry, identityDir }) => [
    ...(auth === undefined && issuers === undefined
      ? ['GATEWAY_AUTH: it or GATEWAY_ISSUERS is required, sockets are let in by their tokens']
      : []),
    ...(identityDir === undefined && (auth !== undefined || registry !== undefined)
      ? ['GATEWAY_IDENTITY_DIR: is required, GATEWAY_AUTH and GATEWAY_REGISTRY are called with an identity']
      : []),
  ],
});

export type WsNodeConfig = InferConfig<typeof wsNodeConfig>;
