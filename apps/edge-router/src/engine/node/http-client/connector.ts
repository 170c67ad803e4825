import type { Clock } from '@gateway/clock';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { HttpEndpoint, HttpUpstreamProtocol } from '../../http-client';
import { NOT_HTTP2 } from './failure';

const ALPN: Record<HttpUpstreamProtocol, string[]> = { http1: ['http/1.1'], h2: ['h2'], h2c: [] };
/** Idle connections to a host that vanished are noticed by TCP itself. */
const TCP_KEEP_ALIVE_MS = 60_000;

/** How connections to an endpoint are opened. */
export interface ConnectorOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  tls(endpoint: HttpEndpoint): ConnectionOptions;
}

/** Told once: the socket is connected (and its TLS handshake done), or why it isn't. */
export type Connected = (error: Error | null, socket: Socket) => void;

/** Begins to connect. The socket that it returns may be destroyed to stop that. @throws what `tls` throws */
export type Connector = (connected: Connected) => Socket;

/** What opens an endpoint's connections. TLS sessions are resumed within one endpoint only. */
export function connectorOf(endpoint: HttpEndpoint, options: ConnectorOptions): Connector {
  const { hostname, port, protocol } = new URL(endpoint.origin);
  const secure = protocol === 'https:';
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const address = { host, port: Number(port) || (secure ? 443 : 80) };
  let session: Buffer | undefined;
  return (connected) => {
    const socket: Socket = secure ? openTls(address, endpoint, session, options) : connectTcp(address);
    if (endpoint.protocol === 'h2c') Object.assign(socket, { alpnProtocol: 'h2' });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
    socket.on('session', (fresh: Buffer) => (session = fresh));
    watch(socket, secure ? 'secureConnect' : 'connect', options, (error) => {
      connected(error ?? protocolError(socket, endpoint), socket);
    });
    return socket;
  };
}

function openTls(
  address: { host: string; port: number },
  endpoint: HttpEndpoint,
  session: Buffer | undefined,
  options: ConnectorOptions,
): Socket {
  // An IP address is no server name (RFC 6066 §3).
  const servername = isIP(address.host) === 0 ? address.host : '';
  return connectTls({
    servername,
    ...options.tls(endpoint),
    ...address,
    session,
    ALPNProtocols: ALPN[endpoint.protocol],
  });
}

/** A server that ignores ALPN speaks HTTP/1.1, which a pool of multiplexed connections has no use for. */
function protocolError(socket: Socket, { protocol }: HttpEndpoint): Error | null {
  if (protocol !== 'h2' || (socket as TLSSocket).alpnProtocol === 'h2') return null;
  socket.destroy();
  return Object.assign(new Error('the server does not speak HTTP/2'), { code: NOT_HTTP2 });
}

/** Reports the first of: connected, failed, closed, too late. */
function watch(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  { clock, timeoutMs }: ConnectorOptions,
  connected: (error: Error | null) => void,
): void {
  let settled = false;
  const settle = (error: Error | null): void => {
    if (settled) return;
    settled = true;
    timer.cancel();
    connected(error);
  };
  const timer = clock.after(timeoutMs, () => {
    settle(Object.assign(new Error(`not connected within ${timeoutMs} ms`), { code: 'ETIMEDOUT' }));
    socket.destroy();
  });
  socket.once(event, () => settle(null));
  socket.on('error', settle);
  socket.once('close', () => settle(new Error('closed before it was connected')));
}
