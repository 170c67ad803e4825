import { TrustedProxies } from '@gateway/http-security';
import { type DynamicModule, Module } from '@nestjs/common';
import { CacheController } from './admin/cache.controller';
import { CacheState } from './admin/cache-state';
import { ExplainController } from './admin/explain.controller';
import { MockState } from './admin/mock-state';
import { MocksController } from './admin/mocks.controller';
import { PoolsController } from './admin/pools.controller';
import { ResilienceController } from './admin/resilience.controller';
import { RoutesController } from './admin/routes.controller';
import { ServicesController } from './admin/services.controller';
import { VersionsController } from './admin/versions.controller';
import { EdgeState } from './admin/edge-state';
import { bindAuth } from './bindings/auth';
import { openClients } from './bindings/clients';
import { bindHealth } from './bindings/health';
import { bindListener } from './bindings/listener';
import { bindMocks } from './bindings/mocks';
import { bindOverload } from './bindings/overload';
import { bindPoolScaling } from './bindings/pool-scaling';
import { bindRoutes } from './bindings/routes';
import { bindRpcPages } from './bindings/rpc-pages';
import { bindServices } from './bindings/services';
import { openStores } from './bindings/stores';
import { bindVersions } from './bindings/versions';
import { authAbilities } from './config';
import type { Edge } from './edge';
import { endpointChoices } from './explain/endpoint-choices';
import { Explainer } from './explain/explainer';
import { HealthController } from './health-tree/health.controller';
import { healthPage } from './health-tree/health-page';
import { PlatformHealth } from './health-tree/platform-health';
import { observerFor } from './observe/route-observer';
import { RequestMetrics } from './observe/request-metrics';
import { edgeHandler } from './pipeline/edge-handler';
import { assemble, type PipelinePorts } from './pipeline/pipeline';
import { ApiDocuments } from './pages/api-documents';
import { docsPages } from './pages/docs-pages';
import { errorsPage } from './pages/errors-page';
import { openapiPages } from './pages/openapi-pages';
import { PUBLISH_BUDGET_MS } from './pipeline/stages/emit';
import { OverloadGuard } from './resilience/overload-guard';
import { ResilienceMetrics } from './resilience/resilience-metrics';
import { ResilienceState } from './resilience/resilience-state';
import { noRoute } from './snapshot/platform-routes';
import { ShadowCounts } from './validation/shadow-counts';
import { DeprecatedCalls } from './versions/deprecated-calls';
import { versionsPage } from './versions/versions-page';
import { VersionsView } from './versions/versions-view';

@Module({})
class EdgeModule {}

/** The composition root: every port of the pipeline is bound here. */
export async function edgeModule(edge: Edge): Promise<DynamicModule> {
  const { config, clock, instanceId, logger, metrics } = edge;
  const { limiter, bus, cache } = openStores(edge);
  const { authenticator, permissions } = bindAuth(edge, bus);
  const clients = openClients(edge);
  const resilience = new ResilienceState(clock);
  const services = bindServices(edge, {
    holders: [clients.holder, resilience],
    isBlocked: (route, endpoint) => resilience.isBlocked(route, endpoint),
  });
  const mocks = bindMocks(edge, services);
  const scaling = bindPoolScaling(edge, clients.connections, services.upstreams);

  let inFlight = (): number => 0;
  const overload = bindOverload(edge, () => inFlight());
  const api = bindVersions(edge);
  const deprecated = new DeprecatedCalls(metrics, api);
  const shadowCounts = new ShadowCounts(metrics);
  const resilienceMetrics = new ResilienceMetrics(metrics, resilience, overload);

  const ports: PipelinePorts = {
    clock,
    random: Math.random,
    observerFor: observerFor(new RequestMetrics(metrics), logger),
    legacyRateLimitHeaders: config.legacyRateLimitHeaders,
    pathVersionOf: (route) => api.pathVersionOf(route),
    pathInVersion: (route, version) => api.pathInVersion(route, version),
    callersOf: (route) => deprecated.countFor(route),
    limiter,
    authenticator,
    permissions,
    shadowCountFor: (route, direction) => shadowCounts.countFor(route, direction),
    bodyLimit: config.bodyLimit,
    origin: instanceId,
    invalidateLocally: (event) => cache.invalidateLocally(event),
    publish: (event) => bus.publish(event, { budgetMs: PUBLISH_BUDGET_MS }),
    onUnpublished: (event, cause) => logger.warn({ event, err: cause }, 'an event was not confirmed in time'),
    mockFor: mocks.mockFor,
    recorderFor: mocks.recorderFor,
    cache,
    sheds: (priority) => overload.sheds(priority),
    shedCounterFor: (priority) => resilienceMetrics.shedCounterFor(priority),
    budgetFor: (service) => resilience.budgetFor(service),
    latencyFor: (route) => resilience.latencyFor(route),
    endpointCount: (service) => services.upstreams.endpoints(service).length,
    retryMetricsFor: (service) => resilienceMetrics.retryMetricsFor(service),
    pickerFor: (route) => services.upstreams.pickerFor(route),
    loadsFor: (service) => resilience.loadsFor(service),
    bulkheadFor: (route) => resilience.bulkheadFor(route),
    breakersFor: (route, options) => resilience.breakersFor(route, options),
    grpc: clients.grpc,
    http: clients.http,
    tunnelOpened: (service, endpoint) => services.tunnels.opened(service, endpoint),
  };
  const health = bindHealth(edge, services, {
    routes: () => routes.current.routes,
    openBreakers: () => resilience.openBreakers(),
  });
  const documents = new ApiDocuments({
    snapshot: () => routes.current,
    versionOf: (route) => api.versionOf(route),
    now: () => clock.now(),
  });
  // Beside the built program; an edge that runs from its sources has no page to read, only the description.
  const docs = docsPages(`${import.meta.dirname}/docs`);
  const versionsView = new VersionsView({ clock, snapshot: () => routes.current, api, calls: deprecated });
  const pages = [healthPage(health), ...openapiPages(documents), errorsPage(), versionsPage(versionsView), ...docs];
  const methods = bindRpcPages(edge, services, mocks, () => routes.current);
  const bound = await bindRoutes(edge, services, authAbilities(config), { pages, methods }, api, {
    assemble: (route) => assemble(route, ports),
    grpc: clients.grpc,
  });
  const { snapshots: routes, ledger } = bound;
  const trustedProxies = new TrustedProxies(config.trustedProxies);
  const explainer = new Explainer({
    clock,
    trustedProxies,
    snapshot: () => routes.current,
    pipeline: ports,
    endpoints: (route, context) => endpointChoices(route, context, services),
  });
  const handler = edgeHandler({
    clock,
    trustedProxies,
    routes: () => routes.current.table,
    versions: () => routes.current.versions,
    refuse: assemble(noRoute, ports),
  });
  inFlight = bindListener(edge, handler);
  return {
    module: EdgeModule,
    controllers: [
      RoutesController,
      ExplainController,
      ServicesController,
      PoolsController,
      ResilienceController,
      MocksController,
      CacheController,
      HealthController,
      VersionsController,
    ],
    providers: [
      { provide: EdgeState, useValue: new EdgeState(routes, ledger, services, clients, scaling) },
      { provide: CacheState, useValue: new CacheState(cache, config.redisUrl !== undefined) },
      { provide: MockState, useValue: new MockState(mocks) },
      { provide: Explainer, useValue: explainer },
      { provide: VersionsView, useValue: versionsView },
      { provide: PlatformHealth, useValue: health },
      { provide: ResilienceState, useValue: resilience },
      { provide: OverloadGuard, useValue: overload },
    ],
  };
}
