/** gRPC status codes (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
export const GrpcStatus = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** One kind of failure, the same in every app and on every wire. */
export interface ErrorDefinition {
  /** HTTP status. */
  readonly status: number;
  /** gRPC status. */
  readonly grpc: number;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;
  /** RFC 9457 `title`: the same for every occurrence. */
  readonly title: string;
}

const define = (status: number, grpc: keyof typeof GrpcStatus, retryable: boolean, title: string): ErrorDefinition => ({
  status,
  grpc: GrpcStatus[grpc],
  retryable,
  title,
});

/** Every error that any app answers with. libs/errors/README.md is generated from it. */
export const ERRORS = {
  GW_BAD_REQUEST: define(400, 'INVALID_ARGUMENT', false, 'The request is malformed'),
  GW_BAD_BODY: define(400, 'INVALID_ARGUMENT', false, 'The body cannot be read'),
  GW_INVALID_FIELD: define(400, 'INVALID_ARGUMENT', false, 'A field has a wrong value'),
  GW_UNAUTHENTICATED: define(401, 'UNAUTHENTICATED', false, 'A valid credential is required'),
  GW_FORBIDDEN: define(403, 'PERMISSION_DENIED', false, 'The caller may not do this'),
  GW_NO_ROUTE: define(404, 'UNIMPLEMENTED', false, 'There is no such route'),
  GW_NOT_FOUND: define(404, 'NOT_FOUND', false, 'There is no such resource'),
  GW_METHOD_NOT_ALLOWED: define(405, 'UNIMPLEMENTED', false, 'The route does not have this method'),
  GW_NOT_ACCEPTABLE: define(406, 'INVALID_ARGUMENT', false, 'No acceptable representation exists'),
  GW_REQUEST_TIMEOUT: define(408, 'DEADLINE_EXCEEDED', true, 'The request took too long to arrive'),
  GW_CONFLICT: define(409, 'ALREADY_EXISTS', false, 'The request conflicts with the current state'),
  GW_ABORTED: define(409, 'ABORTED', true, 'The request collided with another'),
  GW_GONE: define(410, 'UNIMPLEMENTED', false, 'The route has been removed'),
  GW_FAILED_PRECONDITION: define(400, 'FAILED_PRECONDITION', false, 'The current state does not allow this'),
  GW_BODY_TOO_LARGE: define(413, 'RESOURCE_EXHAUSTED', false, 'The body is too large'),
  GW_URI_TOO_LONG: define(414, 'INVALID_ARGUMENT', false, 'The request target is too long'),
  GW_UNSUPPORTED_MEDIA_TYPE: define(415, 'INVALID_ARGUMENT', false, 'The content type is not accepted'),
  GW_MISDIRECTED: define(421, 'INVALID_ARGUMENT', false, 'This server does not answer for that host'),
  GW_UPGRADE_REQUIRED: define(426, 'INVALID_ARGUMENT', false, 'The route is reached by a protocol upgrade'),
  GW_RATE_LIMITED: define(429, 'RESOURCE_EXHAUSTED', true, 'Too many requests'),
  GW_HEADERS_TOO_LARGE: define(431, 'INVALID_ARGUMENT', false, 'The request headers are too large'),
  GW_CLIENT_CLOSED: define(499, 'CANCELLED', true, 'The client went away'),
  GW_INTERNAL: define(500, 'INTERNAL', false, 'The gateway failed'),
  GW_UPSTREAM_ERROR: define(500, 'UNKNOWN', false, 'The service reported an error'),
  GW_NOT_IMPLEMENTED: define(501, 'UNIMPLEMENTED', false, 'The service does not implement this'),
  GW_UPSTREAM_REFUSED: define(502, 'UNAVAILABLE', true, 'The upstream could not be reached'),
  GW_UPSTREAM_PROTOCOL: define(502, 'UNAVAILABLE', true, 'The upstream broke the protocol'),
  GW_UNAVAILABLE: define(503, 'UNAVAILABLE', true, 'The service is unavailable'),
  GW_NO_INSTANCE: define(503, 'UNAVAILABLE', true, 'No instance of the service is available'),
  GW_AUTH_UNAVAILABLE: define(503, 'UNAVAILABLE', true, 'The credential cannot be checked now'),
  GW_LIMIT_UNAVAILABLE: define(503, 'UNAVAILABLE', true, 'The rate limit cannot be checked now'),
  GW_CIRCUIT_OPEN: define(503, 'UNAVAILABLE', true, 'The instance has failed too often'),
  GW_UPSTREAM_OVERLOADED: define(503, 'UNAVAILABLE', true, 'The service has no room for more calls'),
  GW_OVERLOADED: define(503, 'UNAVAILABLE', true, 'The gateway is overloaded'),
  GW_DRAINING: define(503, 'UNAVAILABLE', true, 'The gateway is shutting down'),
  GW_TIMEOUT: define(504, 'DEADLINE_EXCEEDED', true, 'The call took too long'),
  GW_HTTP_VERSION: define(505, 'UNIMPLEMENTED', false, 'The protocol needs another version of HTTP'),
} as const satisfies Record<string, ErrorDefinition>;

/** The code of an error, such as `GW_NO_ROUTE`. */
export type ErrorCode = keyof typeof ERRORS;
