import { formatAddress } from '@gateway/config';
import { descriptorSetOf, eventsV1, registryV1 } from '@gateway/contracts';
import { RegistryClient, registerService } from '@gateway/discovery';
import { type EventBus, memoryEventBus, redisEventBus } from '@gateway/events';
import { type GrpcListener, grpcListener, type HealthReporter, placeOf, type Service } from '@gateway/platform';
import { connectRedis, type RedisClient } from '@gateway/redis';
import { type DynamicModule, Module } from '@nestjs/common';
import { comments_gateway_registry_v1_registry } from './gen/gateway/registry/v1/registry_comments';
import { alone, type Members } from './cluster/members';
import { RedisMembers } from './cluster/redis-members';
import { SharedTime } from './cluster/shared-time';
import { ContractsController } from './admin/contracts.controller';
import { ServicesController } from './admin/services.controller';
import { bindHealth } from './bindings/health';
import type { RegistryConfig } from './config';
import { DiskJournal } from './contracts/disk-journal';
import { type ContractJournal, MemoryJournal } from './contracts/journal';
import { RefusedContracts } from './contracts/refused-contracts';
import { OPEN_OWNERS, type OwnersConfig } from './contracts/owners';
import { RedisReportStore } from './ejection/redis-report-store';
import { ReportBook } from './ejection/report-book';
import { ReportExchange } from './ejection/report-exchange';
import { NO_REPORT_STORE, type ReportStore } from './ejection/report-store';
import { ReportedVerdicts } from './ejection/reported-verdicts';
import { EventsController } from './grpc/events.controller';
import { RegistryController } from './grpc/registry.controller';
import type { LeaseVerdicts } from './lease/lease-verdicts';
import { RegistryMetrics } from './metrics';
import { RegistryPlane } from './registry-plane';
import { MemoryRegistryStore } from './store/memory-registry-store';
import { RedisRegistryStore } from './store/redis-registry-store';
import type { RegistryStore } from './store/registry-store';

type Daemon = Service<RegistryConfig>;

/** How long the start waits for Redis; after that the registry works without, and takes it in when it comes. */
const REDIS_START_MS = 3_000;

@Module({})
class RegistryModule {}

/** The composition root: every port is bound here. */
export function registryModule(service: Daemon): DynamicModule {
  const { reports: store, ...bound } = bindStore(service);
  const book = new ReportBook(service.clock);
  const verdicts = new ReportedVerdicts(book, (name) => plane.table.of(name));
  const plane: RegistryPlane = bindPlane(service, bound, verdicts);
  const reports = bindHealth(service, { table: plane.table, members: bound.members, book, store });
  const listener = grpcListener(service, {
    address: { host: service.config.grpcHost, port: service.config.grpcPort },
    services: [
      { desc: registryV1.RegistryService, allowMethod: { ReportOutcomes: ['edge-router', 'operator'] } },
      { desc: eventsV1.EventService },
    ],
  });
  registerItself(service, listener);
  return {
    module: RegistryModule,
    controllers: [RegistryController, EventsController, ServicesController, ContractsController],
    providers: [
      { provide: RegistryPlane, useValue: plane },
      { provide: ReportExchange, useValue: reports },
      { provide: ReportBook, useValue: book },
    ],
  };
}

interface BoundStore {
  readonly store: RegistryStore;
  readonly bus: EventBus;
  readonly members: Members;
  readonly reports: ReportStore;
  readonly time: SharedTime;
  /** Waits a while for the store to be there. */
  readonly ready: () => Promise<void>;
}

function bindStore(service: Daemon): BoundStore {
  const { config, clock, logger, lifecycle, info, instanceId } = service;
  const time = new SharedTime(clock);
  if (config.redisUrl === undefined) {
    info.standalone('GATEWAY_REDIS_URL is not set: leases and events are kept in memory, by this process alone');
    const bus = memoryEventBus({ clock });
    lifecycle.onStop(() => bus.close(), 'event bus');
    const store = new MemoryRegistryStore(instanceId, clock);
    return { store, bus, members: alone(instanceId), reports: NO_REPORT_STORE, time, ready: () => Promise.resolve() };
  }
  const redis = connectRedis({ url: config.redisUrl, caFile: config.redisCaFile, clock, logger, name: instanceId });
  const bus = redisEventBus({ redis, clock });
  reportRedis(redis, service.health.add('redis', { required: false }));
  lifecycle.onStop(async () => {
    await bus.close();
    await redis.close();
  }, 'redis');
  const unreadable = (what: string): void => logger.warn({ what }, 'unreadable in redis; left out');
  const store = new RedisRegistryStore({ redis, clock, self: instanceId, unreadable });
  const members = new RedisMembers({ redis, clock, self: instanceId, time });
  lifecycle.onStop(() => members.stop(), 'members');
  const ready = async (): Promise<void> => {
    await redis.ready(REDIS_START_MS).catch(() => undefined);
    await members.start();
  };
  return { store, bus, members, reports: new RedisReportStore(redis), time, ready };
}

function reportRedis(redis: RedisClient, health: HealthReporter): void {
  const report = (): void => {
    if (redis.state() === 'up') health.ok();
    else health.down(`redis is ${redis.state()}; leases are kept in memory until it is back`);
  };
  report();
  redis.onStateChange(report);
}

function bindPlane(
  service: Daemon,
  { ready, ...bound }: Omit<BoundStore, 'reports'>,
  verdicts: LeaseVerdicts,
): RegistryPlane {
  const { clock, logger, lifecycle } = service;
  const health = service.health.add('journal', { required: true });
  const expiry = service.health.add('lease expiry', { required: false });
  expiry.ok();
  const contracts = service.health.add('contracts', { required: false });
  contracts.ok();
  const refused = new RefusedContracts(clock, (why) =>
    why === null ? contracts.ok() : contracts.degraded(`refused: ${why}`),
  );
  const journal = openJournal(service, health);
  const metrics = new RegistryMetrics(service.metrics, {
    counts: () => plane.table.counts(),
    watchers: () => plane.changes.watchers,
  });
  const plane: RegistryPlane = new RegistryPlane(
    { ...bound, journal, owners: ownersOf(service), clock, logger, verdicts, random: Math.random },
    {
      leasesExpired: (count) => metrics.expired.inc(count),
      leaseKept: () => metrics.kept.inc(),
      selfPreservation: (freeze) => {
        metrics.selfPreservation.set(freeze ? 1 : 0);
        if (freeze) expiry.degraded(`self-preservation: ${freeze.why}`);
        else expiry.ok();
      },
      watcherCut: () => metrics.cut.inc(),
      contractPublished: (way) => metrics.published.inc({ way }),
      contractRefused: (claimed, rules, detail) => {
        for (const rule of rules) metrics.refused.inc({ rule });
        refused.add(claimed, detail);
      },
      contractAccepted: (claimed) => refused.settle(claimed),
      journal: (problem) => (problem === null ? health.ok() : health.down(problem)),
    },
  );
  lifecycle.onStart(ready, 'redis');
  lifecycle.onStart(() => plane.start(), 'registry');
  lifecycle.onStop(() => plane.stop(), 'registry');
  return plane;
}

function openJournal({ config, logger, info }: Daemon, health: HealthReporter): ContractJournal {
  if (config.dataDir === undefined) {
    info.standalone('REGISTRY_DATA_DIR is not set: contracts last as long as this process');
    health.ok('in memory');
    return new MemoryJournal();
  }
  const journal = new DiskJournal(config.dataDir, logger);
  if (journal.damaged.length === 0) health.ok();
  else health.degraded(`damaged lines in contracts.log: ${journal.damaged.join(', ')}`);
  return journal;
}

function ownersOf({ config, info }: Daemon): OwnersConfig {
  if (config.owners !== undefined) return config.owners;
  if (config.profile === 'production') return {};
  info.standalone('REGISTRY_OWNERS is not set: everyone may claim what nobody else has');
  return OPEN_OWNERS;
}

/** The registry is a service like any other: whoever looks for its EventService finds it here. */
function registerItself(service: Daemon, listener: GrpcListener): void {
  const { identity, clock, lifecycle, instanceId, logger, config } = service;
  if (identity === null) return;
  const credentials = identity.grpcClientCredentials({ expect: identity.spiffeId });
  lifecycle.onReady(() => {
    const { host, port } = listener.address;
    const client = new RegistryClient({ address: formatAddress({ host, port }), credentials, clock });
    const address = formatAddress({ host: config.advertisedHost ?? host, port });
    const { GRPC: protocol } = registryV1.Protocol;
    const registration = registerService({
      client,
      clock,
      instance: { ...placeOf(config), id: instanceId, service: service.name, address, protocol },
      // Its API is a route of the gateway like any service's.
      descriptorSet: descriptorSetOf([registryV1.RegistryService.file], comments_gateway_registry_v1_registry),
      onStatus: (status) => logger.debug({ status }, 'own registration'),
    });
    lifecycle.onDrain(() => registration.deregister(), 'own registration');
    lifecycle.onStop(() => client.close(), 'own registration');
  }, 'own registration');
}
