import { asGatewayError, type GatewayError, PROBLEM_JSON, toProblem } from '@gateway/errors';
import { type EdgeResponse, getHeader } from '@gateway/pipeline';
import { BEARER_CHALLENGE } from './pipeline/challenge';
import type { RequestContext } from './pipeline/context';
import { rpcFormat } from './pipeline/rpc/rpc-format';
import { rpcRefusal } from './pipeline/rpc/rpc-refusal';

/**
 * Turns a thrown value into the response that the caller gets: the one place where that happens. Anything but a
 * GatewayError is GW_INTERNAL, and shows nothing of itself.
 */
export function rescueResponse(thrown: unknown, context: RequestContext): EdgeResponse {
  const error = asGatewayError(thrown);
  context.error = error;
  const { status } = error.definition;
  const { headers = [], retryAfter } = error.context;
  const answer = inFormOf(context, error);
  return {
    ...answer,
    headers: [
      ...answer.headers,
      // An error may be over the next moment: no cache between us and the client may keep it.
      'cache-control',
      'no-store',
      ...(retryAfter === undefined ? [] : ['retry-after', String(retryAfter)]),
      ...headers,
      ...challengeOf(status, headers),
    ],
  };
}

/** RPC clients are answered in their protocol, all others with a problem document. */
function inFormOf(context: RequestContext, error: GatewayError): EdgeResponse {
  const format = rpcFormat(context);
  if (format !== null) return rpcRefusal(error, format, context);
  const problem = toProblem(error, { instance: context.path || undefined, requestId: context.requestId });
  const body = Buffer.from(JSON.stringify(problem));
  return { status: error.definition.status, headers: ['content-type', PROBLEM_JSON], body };
}

/** RFC 9110 §15.5.2: a 401 says what it wants, also when a service behind us refused the credential. */
function challengeOf(status: number, headers: readonly string[]): string[] {
  if (status !== 401 || getHeader([...headers], 'www-authenticate') !== undefined) return [];
  return ['www-authenticate', BEARER_CHALLENGE];
}
