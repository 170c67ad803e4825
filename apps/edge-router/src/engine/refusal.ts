import { GatewayError, PROBLEM_JSON, asGatewayError, toProblem, type ErrorCode } from '@gateway/errors';
import type { EdgeResponse } from '@gateway/pipeline';

/** A response that an engine makes itself, because nothing behind it can. */
export interface Refusal extends EdgeResponse {
  readonly code: ErrorCode;
  readonly body: Buffer;
}

/** The methods that an engine passes on. */
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

/** The problem document of an error. */
export function refusalOf(error: unknown): Refusal {
  const { code, definition, context } = asGatewayError(error);
  return {
    code,
    status: definition.status,
    headers: ['content-type', PROBLEM_JSON, ...(context.headers ?? [])],
    body: Buffer.from(JSON.stringify(toProblem(error))),
  };
}

/** TRACE and CONNECT, which a gateway must not do for strangers (RFC 9110 §9.3.6, §9.3.8). */
export const methodRefused = (): GatewayError =>
  new GatewayError('GW_METHOD_NOT_ALLOWED', { headers: ['allow', METHODS] });

/** A request that breaks the protocol. */
export const malformed = (detail: string): GatewayError => new GatewayError('GW_BAD_REQUEST', { detail });
