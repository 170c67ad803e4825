import { create, toBinary } from '@bufbuild/protobuf';
import { anyPack, type Any } from '@bufbuild/protobuf/wkt';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { expect, test } from '@jest/globals';
import { registryV1, RpcStatusSchema } from '@gateway/contracts';
import fc from 'fast-check';
import { callErrorOf } from './registry-call-error';

function failed(bytes?: Uint8Array): ServiceError {
  const metadata = new Metadata();
  if (bytes) metadata.set('grpc-status-details-bin', Buffer.from(bytes));
  return Object.assign(new Error('no'), { code: status.FAILED_PRECONDITION, details: 'no', metadata });
}
const statusWith = (...details: Any[]): Uint8Array => toBinary(RpcStatusSchema, create(RpcStatusSchema, { details }));

test('why a contract is refused is read from the details of the status', () => {
  const refusal = create(registryV1.ContractRefusalSchema, {
    violations: [{ rule: 'path', element: 'a.B.C', line: 5 }],
  });
  const other = anyPack(RpcStatusSchema, create(RpcStatusSchema));
  const error = callErrorOf(failed(statusWith(other, anyPack(registryV1.ContractRefusalSchema, refusal))));
  expect(error).toMatchObject({
    code: status.FAILED_PRECONDITION,
    details: 'no',
    violations: [{ rule: 'path', line: 5 }],
  });
  expect(callErrorOf(failed()).violations).toEqual([]);
});

test('whatever the details are, the status stays', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(callErrorOf(failed(bytes))).toMatchObject({ code: status.FAILED_PRECONDITION, details: 'no' });
    }),
  );
});
