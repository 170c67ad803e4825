import type { Clock } from '@gateway/clock';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { buildConnector } from 'undici';
import type { HttpEndpoint, HttpUpstreamProtocol } from '../../http-client';

const ALPN: Record<HttpUpstreamProtocol, string[]> = { http1: ['http/1.1'], h2: ['h2'], h2c: [] };
/** Idle connections to a host that vanished are noticed by TCP itself. */
const TCP_KEEP_ALIVE_MS = 60_000;

/** How connections to an endpoint are opened. */
export interface ConnectorOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  tls(endpoint: HttpEndpoint): ConnectionOptions;
}

/** The function that undici opens an endpoint's connections with. TLS sessions are resumed within one endpoint only. */
export function connectorOf(endpoint: HttpEndpoint, options: ConnectorOptions): buildConnector.connector {
  let session: Buffer | undefined;
  return ({ hostname, port, protocol }, callback) => {
    const address = { host: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) };
    const secure = protocol === 'https:';
    const socket: Socket = secure ? openTls(address, endpoint, session, options) : connectTcp(address);
    if (endpoint.protocol === 'h2c') Object.assign(socket, { alpnProtocol: 'h2' });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
    socket.on('session', (fresh: Buffer) => (session = fresh));
    watch(socket, secure ? 'secureConnect' : 'connect', options, callback);
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

/** Reports the first of: connected, failed, too late. */
function watch(
  socket: Socket,
  connected: 'connect' | 'secureConnect',
  { clock, timeoutMs }: ConnectorOptions,
  callback: buildConnector.Callback,
): void {
  let settled = false;
  const settle = (error: Error | null): void => {
    if (settled) return;
    settled = true;
    timer.cancel();
    if (error === null) callback(null, socket as never);
    else callback(error, null);
  };
  const timer = clock.after(timeoutMs, () => {
    settle(Object.assign(new Error(`not connected within ${timeoutMs} ms`), { code: 'ETIMEDOUT' }));
    socket.destroy();
  });
  socket.once(connected, () => settle(null));
  socket.on('error', settle);
}
