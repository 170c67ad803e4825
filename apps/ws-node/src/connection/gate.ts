import type { IncomingMessage } from 'node:http';
import { GatewayError } from '@gateway/errors';

/** What a connection is judged by before it costs anything. */
export interface GateOptions {
  readonly path: string;
  readonly draining: () => boolean;
  /** Connections there are. */
  readonly connections: () => number;
  readonly maxConnections: number;
  readonly allowedOrigins: readonly string[];
  /** The host that the client asked for. */
  readonly hostOf: (request: IncomingMessage) => string;
}

/**
 * Judges an upgrade to WebSocket. Clients that hear nothing but a failed upgrade come back by themselves, so what is
 * refused here is what may work a moment later or elsewhere, and foreign pages.
 * @throws GatewayError GW_NO_ROUTE, GW_DRAINING, GW_OVERLOADED, GW_FORBIDDEN
 */
export function mustBeLetIn(request: IncomingMessage, options: GateOptions): void {
  const { path, draining, connections, maxConnections } = options;
  if (pathOf(request) !== path) throw new GatewayError('GW_NO_ROUTE');
  if (draining()) throw new GatewayError('GW_DRAINING');
  if (connections() >= maxConnections) throw new GatewayError('GW_OVERLOADED', { detail: 'the node is full' });
  if (!mayOpen(request, options))
    throw new GatewayError('GW_FORBIDDEN', { detail: 'pages of this origin may not connect' });
}

/** @throws GatewayError GW_UPGRADE_REQUIRED, GW_NO_ROUTE: nothing is served over plain HTTP */
export function refusePlainRequest(request: IncomingMessage, path: string): never {
  if (pathOf(request) !== path) throw new GatewayError('GW_NO_ROUTE');
  const detail = 'only the transport "websocket" is served';
  throw new GatewayError('GW_UPGRADE_REQUIRED', { detail, headers: ['upgrade', 'websocket', 'connection', 'upgrade'] });
}

const pathOf = ({ url = '' }: IncomingMessage): string => url.split('?', 1)[0]!;

/** A browser says which page opens the socket; a program says nothing, or what it likes: its token decides. */
function mayOpen(request: IncomingMessage, { allowedOrigins, hostOf }: GateOptions): boolean {
  const { origin } = request.headers;
  if (origin === undefined || allowedOrigins.includes('*') || allowedOrigins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === hostOf(request);
}
