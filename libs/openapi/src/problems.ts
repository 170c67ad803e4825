import type { JsonObject } from '@bufbuild/protobuf';
import { AuthPolicy_Mode, RateLimitPolicy_OnStoreDown, type RoutePolicy } from '@gateway/contracts';
import { type ErrorCode, ERRORS, PROBLEM_JSON, problemType } from '@gateway/errors';
import type { ApiRoute } from './api-route';
import { REQUEST_ID, RETRY_AFTER } from './headers';
import { defined } from './json';

/** What of a route decides how it may fail. */
interface Facts {
  readonly isCall: boolean;
  /** Whether the gateway reads a body. */
  readonly hasBody: boolean;
  /** Whether the gateway checks the parameters of plain HTTP. */
  readonly hasRules: boolean;
  readonly hasVariables: boolean;
  readonly policy: RoutePolicy;
}

/** A kind of failure: a response of the document that routes refer to. */
interface Failure {
  readonly name: string;
  readonly status: number;
  readonly codes: readonly ErrorCode[];
  readonly when: (facts: Facts) => boolean;
}

const verifies = ({ policy }: Facts): boolean => policy.auth?.mode !== AuthPolicy_Mode.NONE;
const permits = ({ policy: { auth } }: Facts): boolean =>
  auth !== undefined && auth.mode !== AuthPolicy_Mode.NONE && (auth.scopes.length > 0 || auth.permission !== '');
const ends = ({ policy: { deprecation } }: Facts): boolean =>
  deprecation !== undefined && (deprecation.sunsetAt !== undefined || deprecation.brownouts.length > 0);
const counts = ({ policy }: Facts): boolean => policy.rateLimits.some(({ shadow }) => !shadow);
const mustCount = ({ policy }: Facts): boolean =>
  policy.rateLimits.some(({ onStoreDown, shadow }) => !shadow && onStoreDown === RateLimitPolicy_OnStoreDown.DENY);

const DOWN: readonly ErrorCode[] = [
  'GW_UNAVAILABLE',
  'GW_NO_INSTANCE',
  'GW_CIRCUIT_OPEN',
  'GW_UPSTREAM_OVERLOADED',
  'GW_OVERLOADED',
  'GW_DRAINING',
];

/** Every failure that a policy or a binding can give. At most one of a status applies to a route. */
const FAILURES: readonly Failure[] = [
  {
    name: 'InvalidBody',
    status: 400,
    codes: ['GW_BAD_REQUEST', 'GW_BAD_BODY', 'GW_INVALID_FIELD', 'GW_FAILED_PRECONDITION'],
    when: ({ isCall, hasBody }) => isCall && hasBody,
  },
  {
    name: 'InvalidRequest',
    status: 400,
    codes: ['GW_BAD_REQUEST', 'GW_INVALID_FIELD', 'GW_FAILED_PRECONDITION'],
    when: ({ isCall, hasBody }) => isCall && !hasBody,
  },
  {
    name: 'InvalidJson',
    status: 400,
    codes: ['GW_BAD_REQUEST', 'GW_BAD_BODY', 'GW_INVALID_FIELD'],
    when: ({ isCall, hasBody }) => !isCall && hasBody,
  },
  {
    name: 'InvalidParameters',
    status: 400,
    codes: ['GW_BAD_REQUEST', 'GW_INVALID_FIELD'],
    when: ({ isCall, hasBody, hasRules }) => !isCall && !hasBody && hasRules,
  },
  { name: 'Unauthenticated', status: 401, codes: ['GW_UNAUTHENTICATED'], when: verifies },
  { name: 'Forbidden', status: 403, codes: ['GW_FORBIDDEN'], when: permits },
  {
    name: 'NotFound',
    status: 404,
    codes: ['GW_NOT_FOUND'],
    when: ({ isCall, hasVariables }) => isCall && hasVariables,
  },
  { name: 'Gone', status: 410, codes: ['GW_GONE'], when: ends },
  { name: 'SlowRequest', status: 408, codes: ['GW_REQUEST_TIMEOUT'], when: ({ hasBody }) => hasBody },
  { name: 'BodyTooLarge', status: 413, codes: ['GW_BODY_TOO_LARGE'], when: ({ hasBody }) => hasBody },
  {
    name: 'UnsupportedMediaType',
    status: 415,
    codes: ['GW_UNSUPPORTED_MEDIA_TYPE'],
    when: ({ hasBody }) => hasBody,
  },
  { name: 'RateLimited', status: 429, codes: ['GW_RATE_LIMITED'], when: counts },
  { name: 'Failed', status: 500, codes: ['GW_INTERNAL', 'GW_UPSTREAM_ERROR'], when: ({ isCall }) => isCall },
  { name: 'GatewayFailed', status: 500, codes: ['GW_INTERNAL'], when: ({ isCall }) => !isCall },
  { name: 'NotImplemented', status: 501, codes: ['GW_NOT_IMPLEMENTED'], when: ({ isCall }) => isCall },
  {
    name: 'BadUpstream',
    status: 502,
    codes: ['GW_UPSTREAM_REFUSED', 'GW_UPSTREAM_PROTOCOL'],
    when: () => true,
  },
  {
    name: 'UnavailableOrUncounted',
    status: 503,
    codes: [...DOWN, 'GW_AUTH_UNAVAILABLE', 'GW_LIMIT_UNAVAILABLE'],
    when: mustCount,
  },
  {
    name: 'UnavailableOrUnverified',
    status: 503,
    codes: [...DOWN, 'GW_AUTH_UNAVAILABLE'],
    when: (facts) => verifies(facts) && !mustCount(facts),
  },
  { name: 'Unavailable', status: 503, codes: DOWN, when: (facts) => !verifies(facts) && !mustCount(facts) },
  { name: 'TimedOut', status: 504, codes: ['GW_TIMEOUT'], when: () => true },
];

/** What a gRPC service may say itself, whatever the policy: its statuses as the canonical table maps them. */
const SERVICE_FAILURE = 'ServiceFailure';
const SERVICE_CODES: readonly ErrorCode[] = [
  'GW_UNAUTHENTICATED',
  'GW_FORBIDDEN',
  'GW_NOT_FOUND',
  'GW_CONFLICT',
  'GW_ABORTED',
  'GW_RATE_LIMITED',
  'GW_CLIENT_CLOSED',
];

/** The failures of the routes that a document has, as its shared responses. */
export class Problems {
  private readonly used = new Set<string>();

  /** The responses of a route, by status; `default` is what the service behind it says itself. */
  responses(route: ApiRoute): JsonObject {
    const { call, http, policy, path } = route;
    const isCall = call !== null;
    const isEnforced = http?.enforced === true;
    const facts: Facts = {
      isCall,
      hasBody: isCall ? call.body !== '' : isEnforced && http.body !== undefined,
      hasRules: isEnforced && http.parameters.length > 0,
      hasVariables: path.variables.length > 0,
      policy,
    };
    const responses: JsonObject = {};
    for (const { name, status, when } of FAILURES) if (when(facts)) responses[String(status)] = this.refer(name);
    return isCall ? { ...responses, default: this.refer(SERVICE_FAILURE) } : responses;
  }

  /** `components.responses`. */
  components(): JsonObject {
    const responses: JsonObject = {};
    for (const { name, status, codes } of FAILURES) if (this.used.has(name)) responses[name] = response(codes, status);
    if (this.used.has(SERVICE_FAILURE)) responses[SERVICE_FAILURE] = response(SERVICE_CODES);
    return responses;
  }

  private refer(name: string): JsonObject {
    this.used.add(name);
    return { $ref: `#/components/responses/${name}` };
  }
}

function response(codes: readonly ErrorCode[], status?: number): JsonObject {
  const mayRetry = codes.some((code) => ERRORS[code].retryable);
  return {
    description: `${status === undefined ? 'What the service itself answers. ' : ''}${listed(codes)}`,
    headers: { 'x-request-id': REQUEST_ID, ...(mayRetry ? { 'retry-after': RETRY_AFTER } : {}) },
    content: {
      [PROBLEM_JSON]: {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            {
              type: 'object',
              properties: defined({
                type: { enum: codes.map(problemType) },
                code: { enum: [...codes] },
                status: status === undefined ? undefined : { const: status },
              }),
            },
          ],
        },
      },
    },
  };
}

const listed = (codes: readonly ErrorCode[]): string =>
  codes.map((code) => `${ERRORS[code].title} (\`${code}\`).`).join(' ');

/** The schema of every failure (RFC 9457). */
export const PROBLEM_SCHEMA: JsonObject = {
  type: 'object',
  description: 'A problem document (RFC 9457).',
  required: ['type', 'title', 'status', 'code'],
  properties: {
    type: { type: 'string', format: 'uri', description: 'Names the kind of failure.' },
    title: { type: 'string', description: 'The kind of failure in words, always the same.' },
    status: { type: 'integer', description: 'The HTTP status.' },
    detail: { type: 'string', description: 'What happened this time.' },
    instance: { type: 'string', description: 'The path of the request.' },
    code: { type: 'string', description: 'The kind of failure, for programs.' },
    requestId: { type: 'string', description: 'Names the request in logs and traces.' },
    errors: {
      type: 'array',
      description: 'The fields that are wrong.',
      items: {
        type: 'object',
        required: ['pointer', 'rule', 'detail'],
        properties: {
          pointer: {
            type: 'string',
            description: 'JSON pointer (RFC 6901) into the body, or `query/<name>`, `path/<name>`, `header/<name>`.',
          },
          rule: { type: 'string' },
          detail: { type: 'string' },
        },
      },
    },
    'violated-policies': {
      type: 'array',
      items: { type: 'string' },
      description: 'Names of the limits that were exceeded.',
    },
    retryAfter: { type: 'number', description: 'Seconds until the call may succeed.' },
  },
};
