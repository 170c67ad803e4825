import { randomUUID } from 'node:crypto';
import {
  clientAddress,
  listValues,
  normalizeAddress,
  refuseUnderscores,
  removeHopByHop,
  stripUntrusted,
  type TrustedProxies,
} from '@gateway/http-security';
import { getHeader } from '@gateway/pipeline';
import type { RequestContext } from '../context';
import type { ArrivalStep } from '../stage';

/** Whom to believe. */
export interface SanitizePorts {
  readonly trustedProxies: TrustedProxies;
}

const REQUEST_ID = /^[A-Za-z0-9._:+/=-]{1,128}$/;

/** Drops what the sender has no right to say, and reads what a trusted proxy says about the client. */
export function sanitizeHeaders({ trustedProxies }: SanitizePorts): ArrivalStep {
  return (context) => {
    const { remoteAddress, headers } = context.request;
    const trusted = trustedProxies.has(normalizeAddress(remoteAddress));
    context.headers = stripUntrusted(removeHopByHop(headers), trusted);
    context.clientAddress = clientAddress(
      remoteAddress,
      listValues(context.headers, 'x-forwarded-for'),
      trustedProxies,
    );
    if (trusted) believeProxy(context);
    context.requestId = requestIdOf(context);
    // Last, so that its refusal carries a request id too.
    refuseUnderscores(context.headers);
  };
}

function believeProxy(context: RequestContext): void {
  const proto = getHeader(context.headers, 'x-forwarded-proto')?.toLowerCase();
  if (proto === 'http' || proto === 'https') context.secure = proto === 'https';
  const host = getHeader(context.headers, 'x-forwarded-host')?.toLowerCase();
  if (host !== undefined && host !== '') context.authority = host;
}

/** An id only survives stripUntrusted when a trusted proxy sent it. */
function requestIdOf({ headers }: RequestContext): string {
  const given = getHeader(headers, 'x-request-id');
  return given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
}
