import { ERRORS, type ErrorCode, type ErrorDefinition } from './table';

/** One wrong field of a request, as in `errors[]` of a problem document. */
export interface FieldError {
  /** JSON pointer (RFC 6901) into the body, or `query/<name>`, `path/<name>`, `header/<name>`. */
  readonly pointer: string;
  /** The rule that was broken, such as `type`, `unknown`, `required`. */
  readonly rule: string;
  readonly detail: string;
}

/** One detail of a service's `google.rpc.Status`. */
export interface ErrorDetail {
  /** Names the type of `value`, such as `type.googleapis.com/google.rpc.ErrorInfo`. */
  readonly typeUrl: string;
  /** The encoded message. */
  readonly value: Uint8Array;
  /** What a problem document shows of it: its JSON with `@type`. Null: the problem says it in a member of its own. */
  readonly json: object | null;
}

/** What an occurrence adds to its definition. */
export interface ErrorContext {
  /** RFC 9457 `detail`: what happened this time, safe to show to the caller. */
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  /** Names of the violated rate limits. */
  readonly violatedPolicies?: readonly string[];
  /** Versions of the API that have what was asked for, the oldest first. */
  readonly versions?: readonly string[];
  /** Seconds until the call may succeed; becomes `Retry-After`. */
  readonly retryAfter?: number;
  /** Extra response headers, flat name/value pairs with lower-case names, such as `allow` or `www-authenticate`. */
  readonly headers?: readonly string[];
  /** The status that a service chose, for callers who speak gRPC; left out: the definition's. */
  readonly grpcStatus?: number;
  /** What a service said beside its status. */
  readonly details?: readonly ErrorDetail[];
  /** Why, for the log only. */
  readonly cause?: unknown;
}

/** The only error that is meant for a caller. Anything else that is thrown is answered as GW_INTERNAL. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';

  constructor(
    readonly code: ErrorCode,
    readonly context: ErrorContext = {},
  ) {
    super(context.detail ?? ERRORS[code].title, { cause: context.cause });
  }

  /** Status codes, title and whether a retry makes sense. */
  get definition(): ErrorDefinition {
    return ERRORS[this.code];
  }
}

/** The error itself when it is a GatewayError, else GW_INTERNAL with it as the cause. */
export function asGatewayError(error: unknown): GatewayError {
  return error instanceof GatewayError ? error : new GatewayError('GW_INTERNAL', { cause: error });
}
