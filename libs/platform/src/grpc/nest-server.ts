import type { Server } from '@grpc/grpc-js';
import { ServerGrpc } from '@nestjs/microservices';
import type { PackageDefinition } from './definition';

/**
 * Nest's gRPC transport on a gRPC server that it is given instead of one that it binds itself: the listener owns the port,
 * so that it can be closed and opened while the process runs.
 */
export class NestGrpcServer extends ServerGrpc {
  readonly #server: Server;

  constructor(server: Server, definition: PackageDefinition) {
    const packages = Object.keys(definition).map((service) => service.slice(0, service.lastIndexOf('.')));
    super({ package: [...new Set(packages)], packageDefinition: definition });
    this.#server = server;
  }

  override async createClient(): Promise<Server> {
    return this.#server;
  }
}
