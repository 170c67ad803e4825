import { asGatewayError, type ErrorContext, type FieldError } from './gateway-error';
import type { ErrorCode } from './table';

/** The media type of RFC 9457. */
export const PROBLEM_JSON = 'application/problem+json';

/** A problem document (RFC 9457) with the platform's extensions. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly instance?: string;
  readonly code: ErrorCode;
  readonly requestId?: string;
  readonly errors?: readonly FieldError[];
  readonly 'violated-policies'?: readonly string[];
  readonly versions?: readonly string[];
  readonly retryAfter?: number;
  /** What a service said in its status and no other member says: JSON of protobuf messages, with `@type`. */
  readonly details?: readonly object[];
}

/** Where the error's documentation is: a stable name, not a page that must resolve. */
export const problemType = (code: ErrorCode): string =>
  `urn:gateway:problem:${code.slice('GW_'.length).toLowerCase().replaceAll('_', '-')}`;

/**
 * The problem document of a thrown value.
 * @param where.instance the request's path
 * @param where.requestId the request's id
 */
export function toProblem(error: unknown, where: { instance?: string; requestId?: string } = {}): Problem {
  const { code, definition, context } = asGatewayError(error);
  return {
    type: problemType(code),
    title: definition.title,
    status: definition.status,
    detail: context.detail,
    instance: where.instance,
    code,
    requestId: where.requestId,
    errors: context.errors,
    'violated-policies': context.violatedPolicies,
    versions: context.versions,
    retryAfter: context.retryAfter,
    details: shownDetails(context),
  };
}

function shownDetails({ details = [] }: ErrorContext): readonly object[] | undefined {
  const shown = details.flatMap(({ json }) => (json === null ? [] : [json]));
  return shown.length === 0 ? undefined : shown;
}
