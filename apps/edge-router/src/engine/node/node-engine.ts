import { systemClock, type Clock } from '@gateway/clock';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Server as TlsServer, TLSSocket } from 'node:tls';
import type {
  BoundAddress,
  EdgeHandler,
  Engine,
  EngineEvents,
  ListenOptions,
  Listener,
  PlainAddress,
  SecureAddress,
} from '../engine';
import { DEFAULT_LIMITS, type EngineLimits } from '../limits';
import { Http1Server, http1Options } from './http1/http1-server';
import { Http2Connection } from './http2/connection';
import { NodeListener, type BoundServer } from './node-listener';
import { redirectToHttps } from './redirect';
import { Traffic } from './traffic';

/** What an engine is made with. */
export interface NodeEngineOptions {
  /** Default: the system's. */
  readonly clock?: Clock;
  readonly events?: EngineEvents;
}

/** The engine on node's own HTTP servers: llhttp and nghttp2 read the bytes, this folder closes what they leave open. */
export class NodeEngine implements Engine {
  private readonly clock: Clock;
  private readonly events: EngineEvents;

  constructor({ clock = systemClock, events = {} }: NodeEngineOptions = {}) {
    this.clock = clock;
    this.events = events;
  }

  async listen(options: ListenOptions, handler: EdgeHandler): Promise<Listener> {
    const limits: EngineLimits = { ...DEFAULT_LIMITS, ...options.limits };
    const { http, https } = options;
    const bound: BoundServer[] = [];
    try {
      if (https !== undefined) bound.push(await this.listenSecure(https, limits, handler));
      if (http !== undefined) bound.push(await this.listenPlain(http, limits, handler, bound[0]?.address.port));
    } catch (error) {
      for (const { server } of bound) server.close();
      throw error;
    }
    if (bound.length === 0) throw new RangeError('Neither an HTTP nor an HTTPS address to listen on');
    return new NodeListener(bound, this.clock, limits);
  }

  private async listenPlain(
    address: PlainAddress,
    limits: EngineLimits,
    handler: EdgeHandler,
    securePort = 443,
  ): Promise<BoundServer> {
    const { mode, redirectPort = securePort } = address;
    const traffic = this.traffic(limits, mode === 'redirect' ? redirectToHttps(redirectPort) : handler);
    const server = createServer(http1Options(limits));
    const http1 = new Http1Server(server, 'http', traffic);
    server.prependListener('connection', (socket: Socket) => http1.accept(socket));
    return {
      server,
      traffic,
      http1,
      sessions: new Set(),
      sockets: socketsOf(server),
      address: await bind(server, 'http', address, limits),
    };
  }

  private async listenSecure(address: SecureAddress, limits: EngineLimits, handler: EdgeHandler): Promise<BoundServer> {
    const traffic = this.traffic(limits, handler);
    const server = createSecureServer({
      ...http1Options(limits),
      cert: address.cert,
      key: address.key,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['h2', 'http/1.1'],
      handshakeTimeout: limits.handshakeMs,
    });
    const http1 = new Http1Server(server, 'https', traffic);
    const sessions = new Set<Http2Connection>();
    // Node's listener speaks HTTP/1 whatever was negotiated; it keeps those connections that didn't choose HTTP/2.
    const [serveHttp1] = server.listeners('secureConnection') as ((socket: TLSSocket) => void)[];
    server.removeAllListeners('secureConnection');
    server.on('secureConnection', (socket: TLSSocket) => {
      if (socket.alpnProtocol === 'h2') track(sessions, new Http2Connection(socket, traffic));
      else {
        http1.accept(socket);
        serveHttp1!.call(server, socket);
      }
    });
    return {
      server,
      traffic,
      http1,
      sessions,
      sockets: socketsOf(server),
      address: await bind(server, 'https', address, limits),
    };
  }

  private traffic(limits: EngineLimits, handler: EdgeHandler): Traffic {
    return new Traffic(handler, limits, this.clock, this.events);
  }
}

function track(sessions: Set<Http2Connection>, connection: Http2Connection): void {
  sessions.add(connection);
  connection.socket.once('close', () => sessions.delete(connection));
}

/** All accepted connections, also those that are still shaking hands. */
function socketsOf(server: Server | TlsServer): Set<Socket> {
  const sockets = new Set<Socket>();
  server.prependListener('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

function bind(
  server: Server,
  scheme: 'http' | 'https',
  address: { host: string; port: number },
  limits: EngineLimits,
): Promise<BoundAddress> {
  server.maxConnections = limits.connections;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => {
      server.removeListener('error', reject);
      // What happens to a listening socket later (no more descriptors) must not end the process.
      server.on('error', () => undefined);
      resolve({ scheme, host: address.host, port: (server.address() as AddressInfo).port });
    });
  });
}
