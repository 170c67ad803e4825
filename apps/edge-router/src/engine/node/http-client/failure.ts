import { GatewayError, type ErrorCode } from '@gateway/errors';

/** The code of a connection to a server that should speak HTTP/2 and doesn't. */
export const NOT_HTTP2 = 'GW_NOT_HTTP2';

/** The upstream answered, but not in HTTP. */
const PROTOCOL = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_RES_EXCEEDED_MAX_SIZE',
  NOT_HTTP2,
]);
const TIMEOUT = new Set(['UND_ERR_BODY_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT']);
/** A request that undici won't send: our own mistake. */
const INVALID = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH']);
/** How a connection that the server has meanwhile closed shows when it is used again. */
const STALE = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'UND_ERR_INFO', 'GW_CONNECTION_GONE']);
/** What undici's parser complains about before it has read a status line: it isn't a closed connection. */
const NOT_HTTP = /^bad (response|upgrade)$/;

/** The connection that a request was given is gone. */
export class ConnectionGone extends Error {
  override readonly name = 'ConnectionGone';
  readonly code = 'GW_CONNECTION_GONE';

  constructor() {
    super('the connection was closed before the request was sent');
  }
}

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? '');

/**
 * What a failed call means to the client.
 * @param answered whether the upstream had sent any byte of a response
 */
export function failureOf(error: unknown, answered: boolean): GatewayError {
  if (error instanceof GatewayError) return error;
  return new GatewayError(kindOf(error, answered), { cause: error });
}

function kindOf(error: unknown, answered: boolean): ErrorCode {
  const code = codeOf(error);
  if (INVALID.has(code)) return 'GW_INTERNAL';
  if (TIMEOUT.has(code)) return 'GW_TIMEOUT';
  const broken = PROTOCOL.has(code) || code.startsWith('HPE_') || NOT_HTTP.test((error as Error).message);
  return broken || answered ? 'GW_UPSTREAM_PROTOCOL' : 'GW_UPSTREAM_REFUSED';
}

/** Whether the connection was closed under the request rather than the request refused. */
export const isStaleConnection = (error: unknown): boolean =>
  STALE.has(codeOf(error)) && !NOT_HTTP.test((error as Error).message);
