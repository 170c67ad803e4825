import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger as NestLogger } from 'nestjs-pino';
import { formatAddress, type Address, type Environment } from '@gateway/config';
import { loopbackOnly } from './admin/loopback-only';
import { PlatformModule } from './admin/platform.module';
import { quietLogger } from './admin/quiet-logger';
import { prepareService, type Surroundings } from './prepare';
import { RescueFilter } from './rescue.filter';
import type { PlatformConfig, Service, ServiceDefinition } from './service';

/** A service that runs in this process. */
export interface RunningService<C extends PlatformConfig = PlatformConfig> {
  readonly service: Service<C>;
  /** Where the admin plane listens. */
  readonly admin: Address;
  /** Drains and closes everything, once. @returns what failed on the way */
  stop(): Promise<readonly unknown[]>;
}

/**
 * Starts a service in this process, without touching signals or the exit code: what `runService` does, and tests.
 * @throws ConfigError before any port opens; whatever a start hook throws, or a busy port (EADDRINUSE), after closing again
 */
export async function startService<C extends PlatformConfig>(
  definition: ServiceDefinition<C>,
  env: Environment,
  surroundings: Surroundings = {},
): Promise<RunningService<C>> {
  const service = prepareService(definition, env, surroundings);
  return openService(service, definition.module);
}

/** @internal Opens a prepared service. */
export async function openService<C extends PlatformConfig>(
  service: Service<C>,
  module: ServiceDefinition<C>['module'],
): Promise<RunningService<C>> {
  const app = await createApplication(service, module);
  let stopped: Promise<readonly unknown[]> | undefined;
  try {
    return { service, admin: await open(service, app), stop: () => (stopped ??= close(service, app)) };
  } catch (error) {
    await within(service, Promise.allSettled([service.lifecycle.stop(), app.close()]));
    throw error;
  }
}

/** Waits for `work`, but not for longer than a shutdown may take: a failed start must still be told. */
const within = ({ clock, config }: Service, work: Promise<unknown>): Promise<unknown> =>
  Promise.race([work, new Promise<void>((resolve) => clock.after(config.shutdownTimeout, resolve))]);

async function close(service: Service, app: NestFastifyApplication): Promise<readonly unknown[]> {
  const { lifecycle, clock, config } = service;
  const failures = [...(await lifecycle.drain())];
  await clock.sleep(config.drainDelay);
  failures.push(...(await lifecycle.stop()));
  await app.close().catch((error: unknown) => failures.push(error));
  return failures;
}

async function createApplication<C extends PlatformConfig>(
  service: Service<C>,
  module: ServiceDefinition<C>['module'],
): Promise<NestFastifyApplication> {
  const root = PlatformModule.around(service, await module(service));
  const adapter = new FastifyAdapter({ requestIdHeader: 'x-request-id', genReqId: () => randomUUID() });
  adapter.getInstance().addHook('onRequest', loopbackOnly);
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    bufferLogs: true,
    abortOnError: false,
  });
  app.useLogger(quietLogger(app.get(NestLogger)));
  app.useGlobalFilters(new RescueFilter(service.logger));
  for (const { strategy } of service.grpcListeners) app.connectMicroservice(strategy, { inheritAppConfig: true });
  return app;
}

/** Admin plane first, so that probes answer while the rest starts; then the app; then its gRPC ports. */
async function open<C extends PlatformConfig>(service: Service<C>, app: NestFastifyApplication): Promise<Address> {
  const { config, lifecycle, grpcListeners, info, logger } = service;
  await app.listen(config.adminPort, config.adminHost);
  const admin = { host: config.adminHost, port: (app.getHttpServer().address() as AddressInfo).port };
  logger.info({ address: formatAddress(admin) }, 'admin plane listens');
  await lifecycle.start();
  await app.startAllMicroservices();
  for (const listener of grpcListeners) {
    await listener.start();
    lifecycle.onStop(() => listener.drain(), `gRPC ${formatAddress(listener.address)}`);
  }
  await lifecycle.ready();
  for (const line of info.standaloneLines) logger.info(line);
  logger.info({ admin: formatAddress(admin) }, `${service.name} is ready`);
  return admin;
}
