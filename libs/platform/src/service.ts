import type { DynamicModule } from '@nestjs/common';
import type { Registry } from 'prom-client';
import type { Clock } from '@gateway/clock';
import type { ConfigDefinition, ValuesOf, adminFields, platformFields } from '@gateway/config';
import type { Identity } from '@gateway/mtls';
import type { Logger } from '@gateway/telemetry';
import type { GrpcListener } from './grpc/listener';
import type { HealthRegistry } from './health';
import type { InfoRegistry } from './info';
import type { Lifecycle } from './lifecycle';

/** The configuration that every service has: `platformFields` and `adminFields(...)` of libs/config. */
export type PlatformConfig = ValuesOf<typeof platformFields & ReturnType<typeof adminFields>>;

/** What the platform gives to an app: everything that it would otherwise have to find somewhere global. */
export interface Service<C extends PlatformConfig = PlatformConfig> {
  /** The service's name, such as `edge-router`. */
  readonly name: string;
  /** This process, unique in the platform. */
  readonly instanceId: string;
  readonly config: C;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Register metrics here (`registers: [service.metrics]`); `/metrics` shows them. */
  readonly metrics: Registry;
  readonly health: HealthRegistry;
  readonly lifecycle: Lifecycle;
  /** Who the service is; null when GATEWAY_IDENTITY_DIR isn't set. */
  readonly identity: Identity | null;
  readonly info: InfoRegistry;
  /** @internal The gRPC listeners, which `grpcListener` adds; they open after the start hooks. */
  readonly grpcListeners: GrpcListener[];
}

/** What an app is: its name, its configuration and its Nest module. */
export interface ServiceDefinition<C extends PlatformConfig> {
  readonly name: string;
  readonly config: ConfigDefinition<C>;
  /** Makes the app's module: its composition root. Its controllers are part of the admin plane. */
  readonly module: (service: Service<C>) => DynamicModule | Promise<DynamicModule>;
}
