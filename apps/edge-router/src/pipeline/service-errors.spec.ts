import { create, type DescMessage, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { googleRpc, healthV1, RpcStatusSchema } from '@gateway/contracts';
import { type GatewayError, GrpcStatus } from '@gateway/errors';
import { GrpcCallError } from '@gateway/grpc-pool';
import { expect, test } from '@jest/globals';
import { grpcRoute, METHOD } from '../pipeline.fixture';
import type { GrpcTarget, Route } from './route';
import { serviceErrors } from './service-errors';

const pack = <Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>) =>
  anyPack(schema, create(schema, init));
const broken = (typeName: string) => ({ typeUrl: `type.googleapis.com/${typeName}`, value: new Uint8Array([0xff]) });

/** What a route makes of a service's status with such details. */
function errorOf(
  details: readonly { typeUrl: string; value: Uint8Array }[],
  { route = grpcRoute(), status = GrpcStatus.INVALID_ARGUMENT as number, refused = false, more = [] as string[] } = {},
) {
  const bytes = toBinary(
    RpcStatusSchema,
    create(RpcStatusSchema, { details: details.map(({ typeUrl, value }) => ({ typeUrl, value })) }),
  );
  const trailers = ['grpc-status-details-bin', Buffer.from(bytes).toString('base64'), ...more];
  const convert = serviceErrors(route as Route, route.target as GrpcTarget);
  return (convert(new GrpcCallError(status, 'because', refused, trailers)) as GatewayError).context;
}

const violations = [
  { field: 'subject', description: 'unknown', reason: 'KNOWN' },
  { field: 'resource.part', description: 'gone' },
];

test('wrong fields stand where the caller wrote them', () => {
  const details = [pack(googleRpc.BadRequestSchema, { fieldViolations: violations })];
  expect(errorOf(details)).toMatchObject({
    detail: 'because',
    errors: [
      { pointer: 'path/subject', rule: 'KNOWN', detail: 'unknown' },
      { pointer: 'query/resource.part', rule: 'service', detail: 'gone' },
    ],
    details: [{ json: null }],
    grpcStatus: GrpcStatus.INVALID_ARGUMENT,
  });
  const [first] = errorOf(details, { route: grpcRoute({ path: '/check', body: '*' }) }).errors!;
  expect(first!.pointer).toBe('/subject');
});

test('a time to wait is a retryAfter; what the protocol itself says counts more', () => {
  const retry = (seconds: bigint, nanos = 0) => [pack(googleRpc.RetryInfoSchema, { retryDelay: { seconds, nanos } })];
  expect(errorOf(retry(1n, 1))).toMatchObject({ retryAfter: 2, details: [{ json: null }] });
  expect(errorOf(retry(1n), { more: ['grpc-retry-pushback-ms', '7000'] })).toMatchObject({ retryAfter: 7 });
  expect(errorOf(retry(1n), { more: ['grpc-retry-pushback-ms', 'never'] }).retryAfter).toBeUndefined();
  expect(errorOf(retry(-1n)).retryAfter).toBeUndefined();
  expect(errorOf([pack(googleRpc.RetryInfoSchema, {})]).retryAfter).toBeUndefined();
  expect(errorOf([broken('google.rpc.RetryInfo')]).retryAfter).toBeUndefined();
});

test('other details are shown as JSON, those of unknown types by name, stack traces never', () => {
  const { details, errors } = errorOf([
    pack(googleRpc.ErrorInfoSchema, { reason: 'NO_TEA', domain: 'shop' }),
    pack(METHOD.input, { subject: 'ada' }),
    pack(healthV1.HealthService.method.report.input, {}),
    pack(googleRpc.DebugInfoSchema, { detail: 'at tea.ts' }),
    broken('google.rpc.Help'),
    broken('google.rpc.BadRequest'),
  ]);
  expect(details!.map(({ json }) => json)).toEqual([
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'NO_TEA', domain: 'shop' },
    { '@type': `type.googleapis.com/${METHOD.input.typeName}`, subject: 'ada' },
    { '@type': `type.googleapis.com/${healthV1.HealthService.method.report.input.typeName}` },
    { '@type': 'type.googleapis.com/google.rpc.Help' },
    null,
  ]);
  expect(errors).toBeUndefined();
});

test("a status that no service sent is not a service's", () => {
  expect(errorOf([], { refused: true, status: GrpcStatus.UNAVAILABLE }).grpcStatus).toBeUndefined();
  expect(errorOf([], { status: 99 })).toMatchObject({ grpcStatus: GrpcStatus.UNKNOWN });
  expect(errorOf([])).not.toHaveProperty('details');
});
