import {
  address,
  adminFields,
  defineConfig,
  duration,
  host,
  json,
  platformFields,
  port,
  redisFields,
  registryFields,
  text,
  type InferConfig,
} from '@gateway/config';
import { issuersSchema } from '@gateway/identity';

/** The whole configuration of auth-proxy. */
export const authProxyConfig = defineConfig({
  app: 'auth-proxy',
  prefix: 'AUTHPROXY_',
  fields: {
    ...platformFields,
    ...adminFields('AUTHPROXY_', 9903),
    ...redisFields,
    ...registryFields,
    host: host('AUTHPROXY_HOST', { default: '127.0.0.1', doc: 'Where the gRPC API listens.' }),
    grpcPort: port('AUTHPROXY_GRPC_PORT', { default: 7500, doc: 'Port of the gRPC API.' }),
    advertisedHost: host('AUTHPROXY_ADVERTISED_HOST', { default: 'localhost', doc: 'The host that it registers.' }),
    authService: address('AUTH_SERVICE_GRPC', {
      optional: true,
      doc: 'Fixed address of the Auth service. Not set: its instances come from the registry.',
    }),
    authServiceName: text('AUTHPROXY_AUTH_SERVICE', {
      default: 'auth-service',
      doc: "The Auth service's name in the registry, and of the identity that is expected at AUTH_SERVICE_GRPC.",
    }),
    issuer: text('AUTHPROXY_ISSUER', {
      default: 'https://auth.gateway.local',
      doc: "`iss` of the Auth service's tokens; their keys come from its GetJwks.",
    }),
    audience: text('AUTHPROXY_AUDIENCE', { default: 'gateway', doc: "`aud` of the Auth service's tokens." }),
    issuers: json('GATEWAY_ISSUERS', issuersSchema, {
      default: [],
      doc: 'Further issuers, with their keys or where they publish them.',
    }),
    clockSkew: duration('AUTHPROXY_CLOCK_SKEW', {
      default: 5_000,
      max: 300_000,
      doc: "How far the Auth service's clock may differ from ours.",
    }),
    verdictTtl: duration('AUTHPROXY_VERDICT_TTL', {
      default: 60_000,
      min: 1_000,
      max: 600_000,
      doc: 'How long a good credential passes without being verified again.',
    }),
    permissionTtl: duration('AUTHPROXY_PERMISSION_TTL', {
      default: 30_000,
      min: 1_000,
      max: 600_000,
      doc: 'How long an answer about a permission is reused.',
    }),
    maxTokenLife: duration('AUTHPROXY_MAX_TOKEN_LIFE', {
      default: 24 * 3_600_000,
      min: 60_000,
      doc: "Longest life of the Auth service's tokens: longer ones are refused, revocations are kept that long.",
    }),
  },
  check: ({ authService, registry }) =>
    authService === undefined && registry === undefined
      ? ['AUTH_SERVICE_GRPC: is required without GATEWAY_REGISTRY']
      : [],
});

export type AuthProxyConfig = InferConfig<typeof authProxyConfig>;
