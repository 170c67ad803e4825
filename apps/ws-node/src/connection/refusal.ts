import { asGatewayError, type ErrorCode } from '@gateway/errors';

/** What a client is told when something is refused: `connect_error`'s data; without the status, an acknowledgement's error. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly detail: string;
  /** HTTP status of the code. */
  readonly status: number;
}

/** The refusal that answers a thrown value. */
export function refusalOf(error: unknown): Refusal {
  const { code, definition, context } = asGatewayError(error);
  return { code, detail: context.detail ?? definition.title, status: definition.status };
}
