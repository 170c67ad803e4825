import { GatewayError } from '@gateway/errors';
import type { EngineLimits } from '../limits';
import { malformed, methodRefused } from '../refusal';

/** A host name, IPv4 address or bracketed IPv6 address, with a port or not. Nothing else ever reaches a route table. */
const AUTHORITY = /^(?:[a-z0-9](?:[a-z0-9._-]*)|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;

/** A request target and the host that it is for. */
export interface Destination {
  readonly target: string;
  readonly authority: string;
}

/**
 * The target in origin form, and the host. Everything that proxies are known to read differently is refused: a host that
 * isn't one, an absolute target for another host, `*`, the authority form.
 * @param target as it came
 * @param host `Host` or `:authority` as it came; undefined when there was none
 */
export function destinationOf(target: string, host: string | undefined): Destination {
  const authority = host === undefined ? '' : validAuthority(host);
  if (target.charCodeAt(0) === 0x2f /* / */) return { target, authority };
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target);
  if (absolute === null) throw malformed('The request target is not a path');
  // RFC 9112 §3.2.2 would have it override Host; two different ones mean that somebody is being fooled.
  if (validAuthority(absolute[1]!) !== authority) throw malformed('The request target and Host name different hosts');
  const path = absolute[2]!;
  return { target: path.startsWith('/') ? path : `/${path}`, authority };
}

function validAuthority(host: string): string {
  const authority = host.toLowerCase();
  if (!AUTHORITY.test(authority)) throw malformed('Host is not a host name');
  return authority;
}

/** Refuses a request that is too large, or has a method that isn't for gateways. */
export function checkHead(method: string, target: string, fields: number, limits: EngineLimits): void {
  if (target.length > limits.targetBytes) throw new GatewayError('GW_URI_TOO_LONG');
  if (fields > limits.headerFields) throw tooManyFields(limits);
  if (method === 'TRACE' || method === 'CONNECT') throw methodRefused();
}

const tooManyFields = (limits: EngineLimits): GatewayError =>
  new GatewayError('GW_HEADERS_TOO_LARGE', { detail: `A request may have ${limits.headerFields} header fields` });

/** The peer's address as one spelling: dual-stack sockets report IPv4 inside IPv6. Empty when the peer has gone. */
export function remoteAddressOf(address: string | undefined): string {
  if (address === undefined) return '';
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}
