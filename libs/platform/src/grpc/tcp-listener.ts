import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Address } from '@gateway/config';

/**
 * A TCP port that can be closed and opened again, and whose connections can be cut. It hands each connection on; what is
 * spoken there is not its business.
 */
export class TcpListener {
  readonly #sockets = new Set<Socket>();
  readonly #onConnection: (socket: Socket) => void;
  #address: Address;
  #server: Server | null = null;

  constructor(address: Address, onConnection: (socket: Socket) => void) {
    this.#address = address;
    this.#onConnection = onConnection;
  }

  /** Where it listens, or did; the port is known after the first `open` when 0 was asked for. */
  get address(): Address {
    return this.#address;
  }

  /**
   * Opens the port; does nothing when it is open.
   * @throws Error with code EADDRINUSE, port and address when it is busy
   */
  async open(): Promise<void> {
    if (this.#server) return;
    const server = createServer((socket) => this.#accept(socket));
    server.listen(this.#address.port, this.#address.host);
    await once(server, 'listening');
    this.#server = server;
    this.#address = { host: this.#address.host, port: (server.address() as AddressInfo).port };
  }

  /** Refuses new connections from now on; existing ones stay. */
  refuseNew(): void {
    this.#server?.close();
    this.#server = null;
  }

  /** Cuts every connection: peers see a reset, or the end where that was under way. */
  cut(): void {
    for (const socket of this.#sockets) {
      // A reset of what is just ending fails and leaves a handle that keeps the process from ever exiting.
      if (socket.writableEnded) socket.destroy();
      else socket.resetAndDestroy();
    }
  }

  /** Resolves when the last connection has gone. */
  async empty(): Promise<void> {
    while (this.#sockets.size > 0) {
      await Promise.all([...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    }
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // TLS reports errors to whoever speaks; one that comes before must not be unhandled.
    socket.on('error', () => socket.destroy());
    this.#onConnection(socket);
  }
}
