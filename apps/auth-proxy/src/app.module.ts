import { authV1 } from '@gateway/contracts';
import { RegistryClient, ServiceDirectory } from '@gateway/discovery';
import { memoryEventBus, redisEventBus, type EventBus } from '@gateway/events';
import { GrpcPool } from '@gateway/grpc-pool';
import {
  CachingAuthenticator,
  CachingPermissions,
  FetchedKeys,
  fetchJwksOverHttp,
  issuersFrom,
  JwtVerifier,
  RevocationSet,
  type JwtIssuer,
} from '@gateway/identity';
import { serviceNameOf, spiffeIdFor, type Identity } from '@gateway/mtls';
import { grpcListener, type Service } from '@gateway/platform';
import { connectRedis, type RedisClient } from '@gateway/redis';
import type { Abstract, DynamicModule, Provider, Type } from '@nestjs/common';
import { AuthServiceClient } from './auth-service/auth-service-client';
import { fixedEndpoint, registeredEndpoints, type Endpoints } from './auth-service/endpoints';
import type { AuthProxyConfig } from './config';
import { AuthProxyController } from './grpc/auth-proxy.controller';
import { VerdictMetrics } from './grpc/verdict-metrics';
import { registerAuthProxy } from './registration';
import { RevocationKeeper } from './revocations/revocation-keeper';
import { RedisRevocationStore } from './revocations/revocation-store';
import { SessionEvents } from './revocations/session-events';
import { untilDone } from './revocations/until-done';
import { AuthServicePermissions } from './verifiers/permission-source';
import { BearerVerifier } from './verifiers/bearer-verifier';
import { OpaqueVerifier } from './verifiers/opaque-verifier';

/** Who may ask about callers. */
const CONSUMERS = ['edge-router', 'ws-node', 'operator'];
/** How long the start waits for the shared store, in ms; without it the start goes on, and catches up later. */
const STORE_WAIT_MS = 2_000;

/** The same for the registry's first word, in ms. */
const REGISTRY_WAIT_MS = 2_000;

type AuthProxy = Service<AuthProxyConfig>;

class AuthProxyModule {}

/** The composition root. */
export function authProxyModule(service: AuthProxy): DynamicModule {
  const { config, clock } = service;
  const listener = grpcListener(service, {
    address: { host: config.host, port: config.grpcPort },
    services: [{ desc: authV1.AuthProxyService, allow: CONSUMERS }],
  });
  // The listener has seen to it that there is one.
  const identity = service.identity!;
  const registry = registryOf(service, identity);
  const authService = authServiceOf(service, identity, endpointsOf(service, registry));
  const revocations = new RevocationSet(clock);
  const permissions = new CachingPermissions(new AuthServicePermissions(authService), clock, {
    verdictMs: config.permissionTtl,
  });
  followSessions(service, revocations, permissions);
  if (registry !== null) registerAuthProxy(service, registry, listener);
  return {
    module: AuthProxyModule,
    controllers: [AuthProxyController],
    providers: [
      provide(CachingAuthenticator, authenticatorOf(service, authService, revocations)),
      provide(CachingPermissions, permissions),
      provide(RevocationSet, revocations),
      provide(VerdictMetrics, new VerdictMetrics(service.metrics, revocations)),
    ],
  };
}

const provide = <T>(token: Type<T> | Abstract<T>, useValue: T): Provider => ({ provide: token, useValue });

function registryOf({ config, clock, lifecycle, info }: AuthProxy, identity: Identity): RegistryClient | null {
  if (config.registry === undefined) {
    info.standalone('no GATEWAY_REGISTRY: not registered, the Auth service is at AUTH_SERVICE_GRPC');
    return null;
  }
  const credentials = identity.grpcClientCredentials({ expect: spiffeIdFor('registry-daemon') });
  const client = new RegistryClient({ address: config.registry, credentials, clock });
  lifecycle.onStop(() => client.close(), 'registry');
  return client;
}

function endpointsOf({ config, clock, lifecycle, health }: AuthProxy, client: RegistryClient | null): Endpoints {
  const { authService, authServiceName: name } = config;
  // The configuration's check has seen to it that one of the two is set.
  if (authService !== undefined || client === null) return fixedEndpoint(authService!, name);
  const check = health.add('registry', { required: false });
  const live = Promise.withResolvers<void>();
  const directory = new ServiceDirectory({
    client,
    clock,
    services: [name],
    onStatus(status) {
      if (status.state !== 'live') return check.degraded(`${status.state}: ${status.why}`);
      check.ok();
      live.resolve();
    },
  });
  // Ready means that what comes can be decided; without the registry the start goes on all the same.
  lifecycle.onStart(() => Promise.race([live.promise, clock.sleep(REGISTRY_WAIT_MS)]), 'directory');
  lifecycle.onStop(() => directory.close(), 'directory');
  return registeredEndpoints(directory, name);
}

function authServiceOf({ clock, lifecycle, health }: AuthProxy, identity: Identity, endpoints: Endpoints) {
  const pool = new GrpcPool({
    clock,
    credentialsFor: (expect) => ({
      credentials: identity.grpcClientCredentials({ expect }),
      // Node refuses an IP address as TLS server name. Who the server must be is for the credentials to check.
      options: { 'grpc.ssl_target_name_override': serviceNameOf(expect) },
    }),
  });
  lifecycle.onStop(() => pool.close(), 'Auth service');
  const check = health.add('auth-service', { required: false });
  check.ok('not asked yet');
  return new AuthServiceClient(pool, endpoints, clock, check);
}

function authenticatorOf({ config, clock }: AuthProxy, authService: AuthServiceClient, revocations: RevocationSet) {
  const ours: JwtIssuer = {
    issuer: config.issuer,
    audience: [config.audience],
    algorithms: ['ES256', 'EdDSA', 'RS256'],
    keys: new FetchedKeys(() => authService.getJwks(), clock),
    clockSkewMs: config.clockSkew,
    maxLifetimeMs: config.maxTokenLife,
  };
  const jwt = new JwtVerifier([ours, ...issuersFrom(config.issuers, clock, fetchJwksOverHttp)], clock);
  const bearer = new BearerVerifier(jwt, new OpaqueVerifier(authService, config.issuer));
  return new CachingAuthenticator({ bearer }, revocations, clock, { validMs: config.verdictTtl });
}

/** Logouts: heard on the bus, kept in memory and, when there is one, in Redis. */
function followSessions(service: AuthProxy, revocations: RevocationSet, permissions: CachingPermissions): void {
  const { clock, lifecycle, config } = service;
  const redis = redisOf(service);
  const bus = redis === null ? memoryEventBus({ clock }) : redisEventBus({ redis, clock });
  const events = new SessionEvents(bus, { revocations, permissions, maxTokenLifeMs: longestLife(config) });
  if (redis !== null) keepInRedis(service, redis, revocations, events, bus);
  lifecycle.onStop(async () => {
    events.close();
    await bus.close();
    await redis?.close();
  }, 'sessions');
}

/** Of any token that is accepted, in ms. */
const longestLife = ({ maxTokenLife, issuers }: AuthProxyConfig): number =>
  Math.max(maxTokenLife, ...issuers.map(({ maxLifetimeSeconds }) => maxLifetimeSeconds * 1000));

function redisOf({ config, clock, logger, name, info }: AuthProxy): RedisClient | null {
  if (config.redisUrl !== undefined)
    return connectRedis({ url: config.redisUrl, caFile: config.redisCaFile, clock, logger, name });
  info.standalone('no GATEWAY_REDIS_URL: logouts are not heard of, a session ends with its tokens');
  return null;
}

function keepInRedis(
  { clock, health, lifecycle }: AuthProxy,
  redis: RedisClient,
  revocations: RevocationSet,
  events: SessionEvents,
  bus: EventBus,
): void {
  const store = new RedisRevocationStore(redis, clock);
  const keeper = new RevocationKeeper(revocations, store, clock, health.add('redis', { required: false }));
  redis.onStateChange((state) => state === 'up' && void keeper.sync());
  redis.onEpochChange(() => void keeper.sync());
  // Before the port opens, so that a session that ended while nobody listened is revoked from the first call on. Without
  // the store the start goes on, and this is made up for.
  lifecycle.onStart(async () => {
    const caughtUp = untilDone(clock, async () => {
      await redis.ready(STORE_WAIT_MS);
      await bus.ready(STORE_WAIT_MS);
      await Promise.all([keeper.sync(), events.catchUp()]);
    });
    lifecycle.onStop(() => caughtUp.cancel(), 'catch up');
    await caughtUp.tried;
  }, 'revocations');
  lifecycle.onStop(() => keeper.close(), 'revocations');
}
