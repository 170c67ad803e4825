import type { DescService } from '@bufbuild/protobuf';
import { Server, type ConnectionInjector } from '@grpc/grpc-js';
import type { CustomStrategy } from '@nestjs/microservices';
import { HealthImplementation } from 'grpc-health-check';
import { ConfigError, formatAddress, type Address } from '@gateway/config';
import type { Identity } from '@gateway/mtls';
import type { PlatformConfig, Service } from '../service';
import { compileAllowList } from './allow-list';
import { CallMetrics } from './call-metrics';
import { packageDefinitionOf } from './definition';
import { HEALTH_REPORTS, serveHealthReports } from './health-report';
import { callInterceptor } from './interceptor';
import { NestGrpcServer } from './nest-server';
import { OpenStreams } from './open-streams';
import { serveReflection } from './reflection';
import { TcpListener } from './tcp-listener';

/** A service on a listener. */
export interface GrpcService {
  readonly desc: DescService;
  /** Names of the identities that may call it (`['edge-router']`); everyone with a certificate of our CA when not given. */
  readonly allow?: readonly string[];
  /** The same for single methods, by their proto name; replaces `allow` for them. */
  readonly allowMethod?: Readonly<Record<string, readonly string[]>>;
}

/** Options of `grpcListener`. */
export interface GrpcListenerOptions {
  /** Port 0 lets the system choose. */
  readonly address: Address;
  readonly services: readonly GrpcService[];
  /** The biggest message it takes, in bytes; 4 MiB when not given. */
  readonly maxMessageBytes?: number;
}

/** A gRPC port of the service. The platform opens it after the start hooks and drains it before the stop hooks. */
export interface GrpcListener {
  /** Where it listens; the port is known once it is open. */
  readonly address: Address;
  /** Opens the port, after `stop()` too. @throws Error with code EADDRINUSE */
  start(): Promise<void>;
  /** Closes the port and cuts every connection, as if the process had died; callers see UNAVAILABLE. */
  stop(): Promise<void>;
  /** Refuses new connections, lets unary calls finish, ends streams with UNAVAILABLE, then closes. */
  drain(): Promise<void>;
  /** @internal What Nest connects. */
  readonly strategy: CustomStrategy;
}

/** How long calls under way may take when a listener drains. */
const DRAIN_MS = 10_000;
const KEEPALIVE_MS = 30_000;
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/**
 * Adds a gRPC port to the service: mutual TLS with its identity, allow-lists, health (grpc.health.v1, and
 * gateway.health.v1 for the reasons), reflection (GATEWAY_GRPC_REFLECTION), metrics, logs and error mapping. Handlers are controllers of the app's module, marked with `@GrpcHandler`. Call it while the module is made.
 * @throws ConfigError when the service has no identity
 */
export function grpcListener<C extends PlatformConfig>(
  service: Service<C>,
  options: GrpcListenerOptions,
): GrpcListener {
  if (service.identity === null)
    throw new ConfigError(['GATEWAY_IDENTITY_DIR: is required, gRPC ports need an identity']);
  const listener = new MutualTlsListener(service, service.identity, options);
  service.grpcListeners.push(listener);
  return listener;
}

/** What services there are is nobody's business in production unless it is said on purpose. */
const offersReflection = ({ grpcReflection, profile }: PlatformConfig): boolean =>
  grpcReflection ?? profile !== 'production';

class MutualTlsListener<C extends PlatformConfig> implements GrpcListener {
  readonly strategy: CustomStrategy;
  readonly #service: Service<C>;
  readonly #streams = new OpenStreams();
  readonly #injector: ConnectionInjector;
  readonly #tcp: TcpListener;

  constructor(service: Service<C>, identity: Identity, { address, services, maxMessageBytes }: GrpcListenerOptions) {
    this.#service = service;
    const server = new Server({
      'grpc.max_receive_message_length': maxMessageBytes ?? MAX_MESSAGE_BYTES,
      // Finds callers that vanished without a word; a stream to one would stay for ever.
      'grpc.keepalive_time_ms': KEEPALIVE_MS,
      interceptors: [this.#interceptor(services)],
    });
    const descriptors = services.map((each) => each.desc);
    this.#serveHealth(server, descriptors);
    serveHealthReports(server, service);
    if (offersReflection(service.config)) serveReflection(server, [...descriptors, HEALTH_REPORTS.desc]);
    this.#injector = server.createConnectionInjector(identity.grpcServerCredentials());
    this.#tcp = new TcpListener(address, (socket) => this.#injector.injectConnection(socket));
    this.strategy = { strategy: new NestGrpcServer(server, packageDefinitionOf(descriptors)) };
  }

  get address(): Address {
    return this.#tcp.address;
  }

  async start(): Promise<void> {
    await this.#tcp.open();
    this.#service.logger.info({ address: formatAddress(this.address) }, 'gRPC listens');
  }

  async stop(): Promise<void> {
    this.#tcp.refuseNew();
    this.#tcp.cut();
    await this.#tcp.empty();
  }

  async drain(): Promise<void> {
    this.#tcp.refuseNew();
    this.#injector.drain(DRAIN_MS);
    this.#streams.endAll();
    await this.#tcp.empty();
  }

  #interceptor(services: readonly GrpcService[]) {
    const { metrics, logger, clock } = this.#service;
    return callInterceptor({
      allowed: compileAllowList([...services, HEALTH_REPORTS]),
      metrics: new CallMetrics(metrics),
      logger,
      clock,
      streams: this.#streams,
    });
  }

  #serveHealth(server: Server, services: readonly DescService[]): void {
    const { health, lifecycle } = this.#service;
    const implementation = new HealthImplementation();
    const names = ['', ...services.map((each) => each.typeName)];
    const update = (): void => {
      const status = health.ready && !lifecycle.draining ? 'SERVING' : 'NOT_SERVING';
      for (const name of names) implementation.setStatus(name, status);
    };
    update();
    health.onChange(update);
    lifecycle.onDrain(update, 'gRPC health');
    implementation.addToServer(server);
  }
}
