import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { googleRpc, RoutePolicySchema, RpcStatusSchema } from '@gateway/contracts';
import { GatewayError } from '@gateway/errors';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fieldOfPointer, pointerOfField } from './field-path';
import { publicMetadata } from './metadata';
import { statusDetails } from './read-status';
import { encodeStatus, rpcStatusOf } from './rpc-status';

const SCHEMAS = [googleRpc.ErrorInfoSchema, googleRpc.BadRequestSchema, googleRpc.RetryInfoSchema];

/** The details as a client finds them. */
const found = (error: GatewayError) => {
  const { details } = fromBinary(RpcStatusSchema, encodeStatus(rpcStatusOf(error, RoutePolicySchema)));
  return details.map((any) => SCHEMAS.map((schema) => anyUnpack(any, schema)).find((message) => message !== undefined));
};

describe('the status of an error', () => {
  test('has the code of the table, and says which error it is', () => {
    const error = new GatewayError('GW_NOT_FOUND', { detail: 'no tea' });
    expect(rpcStatusOf(error)).toMatchObject({ code: 5, message: 'no tea' });
    expect(found(error)).toMatchObject([{ reason: 'GW_NOT_FOUND', domain: 'gateway' }]);
    expect(rpcStatusOf(new GatewayError('GW_FORBIDDEN')).message).toBe('The caller may not do this');
  });

  test('says which fields are wrong, and when to come again', () => {
    const errors = [{ pointer: '/rateLimits/0/burstLimit', rule: 'type', detail: 'is no number' }];
    const error = new GatewayError('GW_INVALID_FIELD', { errors, retryAfter: 1.5 });
    const violation = { field: 'rate_limits[0].burst_limit', description: 'is no number', reason: 'type' };
    expect(found(error).slice(1)).toMatchObject([{ fieldViolations: [violation] }, { retryDelay: { seconds: 2n } }]);
  });

  test("of a service is the service's", () => {
    const details = [{ typeUrl: 'type.googleapis.com/a.B', value: Buffer.of(1), json: null }];
    const error = new GatewayError('GW_UPSTREAM_ERROR', { grpcStatus: 15, details, errors: [], retryAfter: 1 });
    expect(rpcStatusOf(error)).toMatchObject({ code: 15, message: 'The service reported an error', details });
    expect(rpcStatusOf(new GatewayError('GW_ABORTED', { grpcStatus: 10 })).details).toEqual([]);
  });
});

describe('the details of a status', () => {
  test('are what was sent, in base64 with padding or without', () => {
    const details = [{ typeUrl: 'a/b.C', value: new Uint8Array([1]) }];
    const field = encodeStatus({ code: 3, message: 'm', details }).toString('base64');
    expect(statusDetails(field)).toEqual(details);
    expect(statusDetails(field.replace(/=+$/, ''))).toEqual(details);
    expect(statusDetails(undefined)).toEqual([]);
  });

  test('are bounded', () => {
    const many = Array.from({ length: 100 }, () => ({ typeUrl: 'a/b.C', value: new Uint8Array() }));
    const bytes = toBinary(RpcStatusSchema, create(RpcStatusSchema, { details: many }));
    expect(statusDetails(Buffer.from(bytes).toString('base64'))).toHaveLength(32);
  });

  test('are none when the bytes make no sense', () => {
    expect(statusDetails('/////w==')).toEqual([]);
    fc.assert(
      fc.property(fc.base64String(), (text) => {
        expect(Array.isArray(statusDetails(text))).toBe(true);
      }),
    );
  });
});

describe('a field', () => {
  test.each([
    ['/rateLimits/0/burstLimit', 'rate_limits[0].burst_limit'],
    ['/rate_limits/12', 'rate_limits[12]'],
    ['/nowhere/atAll', 'nowhere.atAll'],
    ['/a~1b/c~0d', 'a/b.c~d'],
    ['header/x-a', 'header/x-a'],
    ['', ''],
  ])('at %s is %s', (pointer, field) => expect(fieldOfPointer(pointer, RoutePolicySchema)).toBe(field));

  test.each([
    ['rate_limits[0].burst_limit', '/rateLimits/0/burstLimit'],
    ['rateLimits[0].burstLimit', '/rateLimits/0/burstLimit'],
    ['nowhere.at_all', '/nowhere/at_all'],
    ['a/b.c~d', '/a~1b/c~0d'],
    ['', ''],
  ])('%s is at %s', (field, pointer) => expect(pointerOfField(field, RoutePolicySchema)).toBe(pointer));

  test('needs no message', () => {
    expect(fieldOfPointer('/a/0', undefined)).toBe('a[0]');
    expect(pointerOfField('a[0]', undefined)).toBe('/a/0');
  });
});

test("a service's metadata pass by an allow-list", () => {
  const fields = [
    'x-shelf',
    'b4',
    'x-user-id',
    'u',
    'x-service-id',
    's',
    'x-request-id',
    'r',
    'x-ratelimit-limit',
    '1',
  ];
  const others = [
    'grpc-status-details-bin',
    'AA',
    'date',
    'today',
    'trace-bin',
    'AQ',
    'x-trace-bin',
    'AQ',
    'set-cookie',
    'c',
  ];
  const all = [...fields, ...others];
  expect(publicMetadata(all)).toEqual(['x-shelf', 'b4', 'trace-bin', 'AQ', 'x-trace-bin', 'AQ']);
  expect(publicMetadata(['date', 'today', 'x-user-id', 'u', 'etag', 'e'], new Set(['date', 'x-user-id']))).toEqual([
    'date',
    'today',
  ]);
});
