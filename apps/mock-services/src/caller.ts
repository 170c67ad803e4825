import { GatewayError } from '@gateway/errors';
import type { Metadata } from '@grpc/grpc-js';

/** The user for whom the edge calls. Believed because only the edge's certificate may call. */
export interface Caller {
  readonly userId: string;
  /** Empty when the credential has no session. */
  readonly sessionId: string;
}

const textOf = (metadata: Metadata, name: string): string => String(metadata.get(name)[0] ?? '');

/** @throws GatewayError GW_UNAUTHENTICATED when the call carries no user */
export function callerOf(metadata: Metadata): Caller {
  const userId = textOf(metadata, 'x-user-id');
  if (userId === '') throw new GatewayError('GW_UNAUTHENTICATED', { detail: 'The call carries no user' });
  return { userId, sessionId: textOf(metadata, 'x-session-id') };
}
