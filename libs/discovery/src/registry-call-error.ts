import { fromBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { type ServiceError, status } from '@grpc/grpc-js';
import { registryV1, RpcStatusSchema } from '@gateway/contracts';

/** A call to the registry that failed. */
export class RegistryCallError extends Error {
  override readonly name = 'RegistryCallError';

  constructor(
    /** The gRPC status. */
    readonly code: status,
    /** What the registry said. */
    readonly details: string,
    /** Why a contract is refused; empty when that isn't what failed. */
    readonly violations: readonly registryV1.ContractViolation[] = [],
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

/** The call error of a failed call. */
export const callErrorOf = ({ code, details, metadata }: ServiceError): RegistryCallError =>
  new RegistryCallError(code, details, metadata.get('grpc-status-details-bin').flatMap(violationsOf));

/** What the details of a status say of a contract. Bytes that can't be read say nothing: the status is still true. */
function violationsOf(bytes: string | Buffer): registryV1.ContractViolation[] {
  try {
    const { details } = fromBinary(RpcStatusSchema, Buffer.from(bytes));
    return details.flatMap((each) => anyUnpack(each, registryV1.ContractRefusalSchema)?.violations ?? []);
  } catch {
    return [];
  }
}

/** The call error in a thrown value, which may be anything. */
export const asRegistryCallError = (thrown: unknown): RegistryCallError =>
  thrown instanceof RegistryCallError
    ? thrown
    : new RegistryCallError(status.UNKNOWN, thrown instanceof Error ? thrown.message : String(thrown));
