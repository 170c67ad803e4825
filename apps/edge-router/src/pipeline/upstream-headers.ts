import { AuthPolicy_Mode } from '@gateway/contracts';
import { listValues, normalizeAddress } from '@gateway/http-security';
import { removeHeader, setHeader, type HeaderList } from '@gateway/pipeline';
import { formatTraceparent } from '@gateway/telemetry';
import { hasResponseSchema } from '../validation/http-schemas';
import type { RequestContext } from './context';
import type { Route } from './route';

/**
 * Who calls, in the fields that upstreams believe from the edge's certificate alone: gRPC metadata. The credential itself
 * isn't among them: it was verified here, and a service that has it could act as the caller elsewhere.
 */
export function identityFields({ requestId, trace, principal }: RequestContext): HeaderList {
  const fields = ['x-request-id', requestId];
  if (trace !== null) fields.push('traceparent', formatTraceparent(trace));
  if (principal === null) return fields;
  fields.push('x-user-id', principal.subject, 'x-user-scopes', principal.scopes.join(' '));
  if (principal.sessionId !== '') fields.push('x-session-id', principal.sessionId);
  return fields;
}

/** What `identityFields` adds, for people. */
export const ADDED_FIELDS = ['x-request-id', 'traceparent', 'x-user-id', 'x-user-scopes', 'x-session-id'];

/**
 * What makes the fields of a request to an HTTP upstream. Where the edge verifies the credential it keeps it for itself;
 * where it doesn't (auth mode NONE) the credential is the upstream's own business and passes.
 */
export function upstreamHeaders({ policy, target }: Route): (context: RequestContext) => HeaderList {
  const readsAnswer = target.kind === 'http' && hasResponseSchema(target, policy);
  const verified = policy.auth?.mode !== AuthPolicy_Mode.NONE;
  return (context) => {
    const headers = [...context.headers];
    if (verified) removeHeader(headers, 'authorization');
    if (verified) removeHeader(headers, 'x-api-key');
    // What is compressed can't be read here.
    if (readsAnswer) setHeader(headers, 'accept-encoding', 'identity');
    setHeader(headers, 'host', context.authority);
    // The fields that a trusted proxy sent are still there: the chain goes on.
    const chain = [...listValues(headers, 'x-forwarded-for'), normalizeAddress(context.request.remoteAddress)];
    setHeader(headers, 'x-forwarded-for', chain.join(', '));
    setHeader(headers, 'x-forwarded-proto', context.secure ? 'https' : 'http');
    setHeader(headers, 'x-forwarded-host', context.authority);
    const identity = identityFields(context);
    for (let i = 0; i < identity.length; i += 2) setHeader(headers, identity[i]!, identity[i + 1]!);
    return headers;
  };
}
