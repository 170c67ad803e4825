import { asGatewayError, type GatewayError } from '@gateway/errors';
import { GrpcCallError } from '@gateway/grpc-pool';

/** RFC 6455 §7.4.1. */
export const NORMAL = 1000;
export const UNSUPPORTED_DATA = 1003;
const INVALID_PAYLOAD = 1007;

/** Codes for applications begin there (RFC 6455 §7.4.2); ours are gRPC statuses above it. */
const STATUS_BASE = 4000;

/** What a control frame holds beside the code (RFC 6455 §5.5). */
const MAX_REASON_BYTES = 123;

/** How a WebSocket is closed. */
export interface Close {
  readonly code: number;
  readonly reason: string;
}

/** How a WebSocket ends whose call failed: 4000 and the gRPC status, with the problem as the reason. */
export function closeOf(thrown: unknown): Close {
  const error = asGatewayError(thrown);
  const { code, definition, context } = error;
  const [first] = context.errors ?? [];
  const detail = first === undefined ? (context.detail ?? definition.title) : `${first.pointer}: ${first.detail}`;
  return {
    code: code === 'GW_BAD_BODY' ? INVALID_PAYLOAD : STATUS_BASE + statusOf(error),
    reason: cut(`${code}: ${detail}`),
  };
}

/** The service's own status, where it is one. */
function statusOf({ context: { cause }, definition }: GatewayError): number {
  return cause instanceof GrpcCallError ? cause.status : definition.grpc;
}

/** As much as there is room for, in whole characters. */
function cut(text: string): string {
  const bytes = Buffer.from(text);
  // While it streams, a decoder keeps what isn't a whole character.
  return new TextDecoder().decode(bytes.subarray(0, MAX_REASON_BYTES), { stream: true });
}
