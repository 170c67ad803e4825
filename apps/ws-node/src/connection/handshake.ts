import { asGatewayError } from '@gateway/errors';
import type { Logger } from '@gateway/telemetry';
import type { Admission } from './admission';
import type { ClientSocket } from './client-socket';
import type { Forwarded } from './forwarded';
import { refusalOf, type Refusal } from './refusal';

/** What a handshake works with. */
export interface HandshakeOptions {
  readonly admission: Admission;
  readonly forwarded: (socket: ClientSocket) => Forwarded;
  /** `ok`, or the code of the refusal. */
  readonly outcome: (outcome: string) => void;
  readonly logger: Logger;
}

/** What Socket.IO sends as `connect_error`: message and `data`. */
class RefusedHandshake extends Error {
  constructor(readonly data: Refusal) {
    super(data.detail);
  }
}

/** Socket.IO middleware: lets a socket in when its `auth.token` is good. */
export function handshake({ admission, forwarded, outcome, logger }: HandshakeOptions) {
  return (socket: ClientSocket, next: (error?: Error) => void): void => {
    admission.admit((socket.handshake.auth as { token?: unknown } | undefined)?.token).then(
      (caller) => {
        socket.data.caller = caller;
        outcome('ok');
        next();
      },
      (error: unknown) => {
        const refusal = refusalOf(error);
        const { cause } = asGatewayError(error);
        outcome(refusal.code);
        const level = refusal.code === 'GW_INTERNAL' ? 'error' : 'info';
        logger[level]({ ...forwarded(socket), code: refusal.code, cause }, 'handshake refused');
        next(new RefusedHandshake(refusal));
      },
    );
  };
}
