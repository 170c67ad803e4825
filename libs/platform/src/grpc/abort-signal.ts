/** A call that tells when it is over before its handler is: every grpc-js server call. */
export interface CancellableCall {
  readonly cancelled: boolean;
  once(event: 'cancelled', listener: () => void): unknown;
}

/**
 * A signal that aborts when the caller goes, the deadline passes, or the listener ends the call. For handlers that wait: a
 * generator is only told to return once its present wait is over.
 */
export function abortSignalOf(call: CancellableCall): AbortSignal {
  const controller = new AbortController();
  if (call.cancelled) controller.abort();
  else call.once('cancelled', () => controller.abort());
  return controller.signal;
}
