import { isIP } from 'node:net';
import { GatewayError } from '@gateway/errors';
import type { HeaderList } from '@gateway/pipeline';

/** A request that is asked about and never sent. */
export interface Question {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  /** Names in lower case, as engines hand them over. */
  readonly headers: HeaderList;
  /** The address that the client is to have. */
  readonly from: string;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 §5.5: no control characters but the tab. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** As many fields as a request may have. */
const MAX_HEADERS = 100;

/**
 * Reads a question from the parameters of a URL: `method` (GET), `path`, any number of `header` (`name: value`), `scheme`
 * (https), `from` (127.0.0.1).
 * @throws GatewayError GW_BAD_REQUEST whose detail says why it can't be a request
 */
export function readQuestion(parameters: Readonly<Record<string, unknown>>): Question {
  const method = one(parameters, 'method', 'GET');
  if (!TOKEN.test(method)) throw wrong(`method: "${method}" is not a method`);
  const target = one(parameters, 'path', '');
  if (!/^\/[\x21-\x7e]*$/.test(target))
    throw wrong('path: must begin with "/" and be percent-encoded, such as /api/v1/items/1');
  const scheme = one(parameters, 'scheme', 'https');
  if (scheme !== 'http' && scheme !== 'https') throw wrong('scheme: is http or https');
  const from = one(parameters, 'from', '127.0.0.1');
  if (isIP(from) === 0) throw wrong('from: is an IP address');
  const headers = many(parameters['header']).flatMap(readHeader);
  if (headers.length > 2 * MAX_HEADERS) throw wrong(`header: more than ${MAX_HEADERS}`);
  const host = headers.findIndex((text, index) => index % 2 === 0 && text === 'host');
  return {
    method,
    target,
    scheme,
    authority: host < 0 ? 'localhost' : headers[host + 1]!.toLowerCase(),
    headers,
    from,
  };
}

function one(parameters: Readonly<Record<string, unknown>>, name: string, otherwise: string): string {
  const value = parameters[name] ?? otherwise;
  if (typeof value !== 'string') throw wrong(`${name}: is given more than once`);
  return value;
}

/** A parameter that may come several times. */
const many = (value: unknown): string[] => (value === undefined ? [] : [value].flat().map(String));

function readHeader(text: string): [name: string, value: string] {
  const colon = text.indexOf(':');
  const [name, value] = [text.slice(0, Math.max(0, colon)).trim(), text.slice(colon + 1).trim()];
  if (!TOKEN.test(name) || !VALUE.test(value))
    throw wrong('header: is written "name: value", such as "accept: application/json"');
  return [name.toLowerCase(), value];
}

const wrong = (detail: string): GatewayError => new GatewayError('GW_BAD_REQUEST', { detail });
