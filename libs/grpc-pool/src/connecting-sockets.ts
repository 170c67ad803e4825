import type { ChannelCredentials } from '@grpc/grpc-js';
import type { Socket } from 'node:net';

/**
 * The sockets of a channel before their handshakes are done. When a channel closes before, grpc-js leaves them open for as
 * long as the peer is silent: somebody has to close them.
 */
export class ConnectingSockets {
  private readonly sockets = new Set<Socket>();
  private abandoned = false;

  /** The same credentials, which tell of each socket before the handshakes on it. */
  track(credentials: ChannelCredentials): ChannelCredentials {
    const tracked = Object.create(credentials) as ChannelCredentials;
    tracked._createSecureConnector = (...how) => {
      const connector = credentials._createSecureConnector(...how);
      return {
        connect: (socket) => {
          this.add(socket);
          return connector.connect(socket);
        },
        waitForReady: () => connector.waitForReady(),
        getCallCredentials: () => connector.getCallCredentials(),
        destroy: () => connector.destroy(),
      };
    };
    return tracked;
  }

  /** Their handshakes are done: they are the channel's. */
  handOver(): void {
    this.sockets.clear();
  }

  /** Closes them, and those that are still to come: the channel is closed. */
  abandon(): void {
    this.abandoned = true;
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }

  private add(socket: Socket): void {
    if (this.abandoned) socket.destroy();
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
  }
}
