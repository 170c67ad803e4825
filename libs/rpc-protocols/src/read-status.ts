import { fromBinary } from '@bufbuild/protobuf';
import { RpcStatusSchema } from '@gateway/contracts';
import type { StatusDetail } from './rpc-status';

/** Details of one status that are looked at; a service that sends more is not worth more. */
const MAX_DETAILS = 32;

/**
 * The details in a `grpc-status-details-bin` field, in base64. What isn't a google.rpc.Status has none: a status must
 * reach the caller also when what explains it is broken.
 */
export function statusDetails(field: string | undefined): readonly StatusDetail[] {
  if (field === undefined) return [];
  try {
    const { details } = fromBinary(RpcStatusSchema, Buffer.from(field, 'base64'));
    return details.slice(0, MAX_DETAILS).map(({ typeUrl, value }) => ({ typeUrl, value }));
  } catch {
    return [];
  }
}
