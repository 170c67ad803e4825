/** How it shows that there is nobody to connect to. */
const NOBODY = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);
/** A certificate or an identity that isn't what it must be. */
const BAD_PEER = /^(ERR_TLS_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/;
/** What the HTTP client says of a connection that closed before the request was written. */
const UNUSED = /^(closed before it was connected|the connection was closed before the request was sent)$/;

interface SystemError {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly message?: unknown;
}

/** Whether the cause of a failed call is that nobody was there, found out at once. */
export function isNobodyThere(cause: unknown): boolean {
  const { code, syscall, message } = (cause ?? {}) as SystemError;
  return NOBODY.has(String(code)) || (syscall === 'connect' && code !== 'ETIMEDOUT') || UNUSED.test(String(message));
}

/** Whether a failed call certainly never left us: there was no connection, however long that took to find out. */
export function isNeverSent(cause: unknown): boolean {
  const { code, syscall } = (cause ?? {}) as SystemError;
  // Of an established connection, the system would say in which call it timed out.
  const connectTimeout = code === 'ETIMEDOUT' && (syscall === undefined || syscall === 'connect');
  return isNobodyThere(cause) || connectTimeout || BAD_PEER.test(String(code));
}
