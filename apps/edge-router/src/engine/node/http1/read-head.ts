import type { IncomingMessage } from 'node:http';
import type { HeaderList } from '@gateway/pipeline';
import type { EngineLimits } from '../../limits';
import { malformed } from '../../refusal';
import { checkHead, destinationOf } from '../head';
import type { RequestHead } from '../node-request';

/** What the fields of a request say about its framing. */
interface Framing {
  headers: HeaderList;
  host: string | undefined;
  /** -1: chunked. */
  length: number;
}

/**
 * The head of an HTTP/1 request, after the checks that node's parser leaves to us.
 * @throws GatewayError for a request that must not be forwarded
 */
export function readHttp1Head(
  message: IncomingMessage,
  limits: EngineLimits,
  connection: { scheme: 'http' | 'https'; remoteAddress: string },
): RequestHead {
  const method = message.method!;
  const version = message.httpVersion === '1.0' ? '1.0' : '1.1';
  checkHead(method, message.url!, message.rawHeaders.length / 2, limits);
  const { headers, host, length } = readFraming(message.rawHeaders);
  if (host === undefined && version === '1.1') throw malformed('Host is missing');
  // A server of that age takes the body for the next request (RFC 9112 §6.1).
  if (length === -1 && version === '1.0') throw malformed('Transfer-Encoding is not part of HTTP/1.0');
  const { target, authority } = destinationOf(message.url!, host);
  const { scheme, remoteAddress } = connection;
  return { method, target, scheme, authority, version, headers, remoteAddress, upgrade: '', length };
}

function readFraming(raw: string[]): Framing {
  const framing: Framing = { headers: new Array<string>(raw.length), host: undefined, length: 0 };
  const { headers } = framing;
  let chunked = false;
  let lengths = 0;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const value = raw[i + 1]!;
    headers[i] = name;
    headers[i + 1] = value;
    if (name === 'host') {
      if (framing.host !== undefined) throw malformed('Host is there twice');
      framing.host = value;
    } else if (name === 'content-length') {
      lengths++;
      framing.length = Number(value);
    } else if (name === 'transfer-encoding') {
      // No other coding is ever sent; a proxy that misses what its neighbour understands can be fooled.
      if (chunked || value.toLowerCase() !== 'chunked') throw malformed('The transfer coding is unknown');
      chunked = true;
    }
  }
  // The parser refuses both together as well; here it must not depend on its leniency.
  if (lengths > 1 || (chunked && lengths > 0)) throw malformed('The length of the body is ambiguous');
  if (chunked) framing.length = -1;
  return framing;
}
