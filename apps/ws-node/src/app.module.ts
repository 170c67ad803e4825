import type { DynamicModule } from '@nestjs/common';
import { formatAddress } from '@gateway/config';
import { realtimeV1 } from '@gateway/contracts';
import { grpcListener, type GrpcListener, type Service } from '@gateway/platform';
import { NODE_STATE } from './admin/node-state';
import { RoomsController } from './admin/rooms.controller';
import { openAuth } from './auth';
import { openBackends } from './backends';
import type { WsNodeConfig } from './config';
import { forwardedBy } from './connection/forwarded';
import { SocketServer } from './connection/socket-server';
import { WsNodeMetrics } from './metrics';
import { WsNode } from './node';
import { PublishController, ROOM_BUS } from './publish/publish.controller';
import { registerNode } from './registration';

class WsNodeModule {}

/** The composition root. */
export function wsNodeModule(service: Service<WsNodeConfig>): DynamicModule {
  const { config, clock, logger, lifecycle, info } = service;
  const metrics = new WsNodeMetrics(service.metrics);
  const backends = openBackends(service, metrics);
  const auth = openAuth(service);
  const server = socketServer(service);
  const node = new WsNode({ config, clock, logger, server, auth, backends, metrics });
  const grpc = publishListener(service);
  const registration = registerNode(service, {
    port: () => server.address.port,
    grpcPort: () => grpc?.address.port ?? 0,
    connections: () => node.connectionCount,
  });
  info.add('connections', () => node.connectionCount);
  info.add('sockets', () => formatAddress(server.address));
  if (grpc) info.add('grpc', () => formatAddress(grpc.address));

  lifecycle.onStart(async () => {
    await server.start();
    logger.info({ address: formatAddress(server.address) }, 'Socket.IO listens');
  }, 'Socket.IO');
  // The registry first: clients that are sent away must be sent elsewhere.
  lifecycle.onDrain(async () => {
    await registration.drain();
    await node.sendAway();
  }, 'send sockets away');
  lifecycle.onStop(async () => {
    node.close();
    await server.stop();
  }, 'Socket.IO');

  return {
    module: WsNodeModule,
    controllers: [RoomsController, ...(grpc ? [PublishController] : [])],
    providers: [
      { provide: ROOM_BUS, useValue: backends.rooms },
      { provide: NODE_STATE, useValue: node },
    ],
  };
}

function socketServer({ config, clock, identity, lifecycle, info }: Service<WsNodeConfig>): SocketServer {
  if (identity === null) info.standalone('no GATEWAY_IDENTITY_DIR: Socket.IO is served without TLS, gRPC is off');
  return new SocketServer({
    clock,
    address: { host: config.host, port: config.port },
    identity,
    maxPayload: config.maxPayload,
    gate: {
      draining: () => lifecycle.draining,
      maxConnections: config.maxConnections,
      allowedOrigins: config.allowedOrigins,
      hostOf: (request) => forwardedBy(request, config.trustedProxies).host,
    },
  });
}

/** The port on which services push; off without an identity, as its callers are known by their certificates. */
function publishListener(service: Service<WsNodeConfig>): GrpcListener | null {
  const { config, identity } = service;
  if (identity === null) return null;
  return grpcListener(service, {
    address: { host: config.host, port: config.grpcPort },
    services: [
      {
        desc: realtimeV1.RealtimeService,
        allow: config.publishers.includes('*') ? undefined : config.publishers,
      },
    ],
  });
}
