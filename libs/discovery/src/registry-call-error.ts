import { status } from '@grpc/grpc-js';

/** A call to the registry that failed. */
export class RegistryCallError extends Error {
  override readonly name = 'RegistryCallError';

  constructor(
    /** The gRPC status. */
    readonly code: status,
    /** What the registry said. */
    readonly details: string,
  ) {
    super(`${status[code]}: ${details}`);
  }

  /** The registry understood and said no: retrying soon is no use. */
  get refused(): boolean {
    return REFUSALS.has(this.code);
  }

  /** No working registry was reached: another address may do better. */
  get unreached(): boolean {
    return UNREACHED.has(this.code);
  }
}

/** Away, silent, or not a registry at all: a server of another kind, bytes that aren't the answer. */
const UNREACHED = new Set([
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.UNIMPLEMENTED,
  status.INTERNAL,
  status.UNKNOWN,
]);

const REFUSALS = new Set([
  status.INVALID_ARGUMENT,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  status.UNIMPLEMENTED,
  status.ALREADY_EXISTS,
  status.FAILED_PRECONDITION,
  status.NOT_FOUND,
]);

/** The call error in a thrown value, which may be anything. */
export const asRegistryCallError = (thrown: unknown): RegistryCallError =>
  thrown instanceof RegistryCallError
    ? thrown
    : new RegistryCallError(status.UNKNOWN, thrown instanceof Error ? thrown.message : String(thrown));
