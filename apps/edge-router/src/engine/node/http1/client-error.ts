import { GatewayError } from '@gateway/errors';
import { STATUS_CODES } from 'node:http';
import type { Refusal } from '../../refusal';
import { malformed } from '../../refusal';

/** What node's parser throws, with the bytes that it choked on. */
export interface ParserError extends Error {
  readonly code?: string;
  readonly rawPacket?: Buffer;
}

/** A target that never ends has no line break behind its method. */
const ENDLESS_TARGET = /^[A-Z]+ [^\s]+$/;

/**
 * The refusal of bytes that aren't a request. Null: nothing can or needs to be said, the connection itself is broken.
 */
export function refusalOfParserError(error: ParserError): GatewayError | null {
  const { code = '' } = error;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new GatewayError('GW_REQUEST_TIMEOUT');
  if (code === 'HPE_HEADER_OVERFLOW') {
    const endless = ENDLESS_TARGET.test(error.rawPacket?.toString('latin1') ?? '');
    return new GatewayError(endless ? 'GW_URI_TOO_LONG' : 'GW_HEADERS_TOO_LARGE');
  }
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return new GatewayError('GW_BODY_TOO_LARGE');
  return code.startsWith('HPE_') ? malformed('This is not HTTP') : null;
}

/** A refusal as bytes, for a connection whose parser has given up. */
export function refusalBytes(refusal: Refusal): string {
  const head = [`HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`];
  for (let i = 0; i < refusal.headers.length; i += 2) head.push(`${refusal.headers[i]}: ${refusal.headers[i + 1]}`);
  head.push(`content-length: ${refusal.body.length}`, 'connection: close');
  return `${head.join('\r\n')}\r\n\r\n${refusal.body.toString('latin1')}`;
}
