import type { EngineLimits } from '../../limits';
import { malformed } from '../../refusal';
import { checkHead, destinationOf } from '../head';
import type { RequestHead } from '../node-request';

/** The pseudo-header fields and the others, as they stand in one flat list. */
interface Fields {
  method: string;
  path: string;
  authority: string | undefined;
  host: string | undefined;
  headers: string[];
  length: number;
}

/**
 * The head of an HTTP/2 request. Duplicate and missing pseudo-header fields, upper-case names, fields of the connection
 * and wrong lengths have been refused by nghttp2.
 * @param raw names and values as they came, pseudo-header fields first
 * @param endStream whether the head is all there is
 * @throws GatewayError for a request that must not be forwarded
 */
export function readHttp2Head(
  raw: string[],
  limits: EngineLimits,
  remoteAddress: string,
  endStream: boolean,
): RequestHead {
  const fields = readFields(raw);
  checkHead(fields.method, fields.path, fields.headers.length / 2, limits);
  const { method, headers, authority: pseudo, host } = fields;
  if (pseudo !== undefined && host !== undefined && pseudo.toLowerCase() !== host.toLowerCase()) {
    throw malformed(':authority and Host name different hosts');
  }
  const named = pseudo ?? host;
  if (named === undefined) throw malformed('Host is missing');
  const { target, authority } = destinationOf(fields.path, named);
  // Behind the edge it is HTTP/1.1 as often as not, where the pseudo-header field is called Host.
  if (host === undefined) headers.push('host', named);
  const length = endStream ? 0 : fields.length;
  return { method, target, scheme: 'https', authority, version: '2', headers, remoteAddress, upgrade: '', length };
}

function readFields(raw: string[]): Fields {
  const fields: Fields = { method: '', path: '', authority: undefined, host: undefined, headers: [], length: -1 };
  const { headers } = fields;
  let cookieAt = -1;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!;
    const value = raw[i + 1]!;
    if (name.charCodeAt(0) === 0x3a /* : */) readPseudo(fields, name, value);
    // Cookies may come in pieces, but must be one field where they leave HTTP/2 (RFC 9113 §8.2.3).
    else if (name === 'cookie' && cookieAt !== -1) headers[cookieAt] += `; ${value}`;
    else {
      if (name === 'cookie') cookieAt = headers.length + 1;
      else if (name === 'host') fields.host = uniqueHost(fields, value);
      else if (name === 'content-length') fields.length = Number(value);
      headers.push(name, value);
    }
  }
  return fields;
}

function readPseudo(fields: Fields, name: string, value: string): void {
  if (name === ':method') fields.method = value;
  else if (name === ':path') fields.path = value;
  else if (name === ':authority') fields.authority = value;
}

function uniqueHost(fields: Fields, value: string): string {
  if (fields.host !== undefined) throw malformed('Host is there twice');
  return value;
}
