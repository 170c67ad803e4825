import { describe, expect, test } from '@jest/globals';
import { fromGrpcStatus, GatewayError, GrpcStatus } from '@gateway/errors';
import { GrpcCallError } from '@gateway/grpc-pool';
import { answer } from '../pipeline.fixture';
import { failureOfError, failureOfResponse, ROUTE_IS_FULL } from './attempt-failure';

const STATUSES = new Set([502, 503, 504]);
const NOW = Date.UTC(2026, 0, 1);

const call = (status: number, details = 'because', refused = false, trailers: string[] = []) =>
  fromGrpcStatus(status, details, { cause: new GrpcCallError(status, details, refused, trailers) });
const refusedBy = (cause?: object) => new GatewayError('GW_UPSTREAM_REFUSED', { cause });
const full = (cause: string) => new GatewayError('GW_UPSTREAM_OVERLOADED', { cause });

describe('worth another attempt', () => {
  test.each<[string, unknown, object]>([
    ['nobody listens', refusedBy({ code: 'ECONNREFUSED' }), { reason: 'refused', unprocessed: true }],
    [
      'a connection that was never established',
      refusedBy({ code: 'ETIMEDOUT' }),
      { reason: 'failed', unprocessed: true },
    ],
    [
      'a connection that closed before the request was written',
      refusedBy(new Error('closed before it was connected')),
      { reason: 'refused', unprocessed: true },
    ],
    [
      'a certificate that is not the owner’s',
      refusedBy({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
      { reason: 'failed', unprocessed: true },
    ],
    [
      'a connection that died under the request',
      refusedBy({ code: 'ETIMEDOUT', syscall: 'read' }),
      { reason: 'failed', unprocessed: false },
    ],
    ['a reset', refusedBy({ code: 'ECONNRESET' }), { reason: 'failed', unprocessed: false }],
    ['a broken protocol', new GatewayError('GW_UPSTREAM_PROTOCOL'), { reason: 'failed', unprocessed: false }],
    ['a timeout', new GatewayError('GW_TIMEOUT'), { reason: 'timeout', unprocessed: false }],
    [
      'an open breaker',
      new GatewayError('GW_CIRCUIT_OPEN'),
      { reason: 'circuit_open', unprocessed: true, elsewhere: true, waitMs: 0 },
    ],
    ['a full instance', full('it is full'), { reason: 'overloaded', unprocessed: true, elsewhere: true, waitMs: 0 }],
    ['a full queue', new GatewayError('GW_OVERLOADED'), { reason: 'overloaded', elsewhere: true }],
    ['gRPC: not reached', call(GrpcStatus.UNAVAILABLE, '', true), { reason: 'refused', unprocessed: true }],
    ['gRPC: unavailable', call(GrpcStatus.UNAVAILABLE), { reason: 'failed', unprocessed: false, waitMs: null }],
    ['gRPC: too late', call(GrpcStatus.DEADLINE_EXCEEDED), { reason: 'timeout', unprocessed: false }],
    ['gRPC: reset', call(GrpcStatus.INTERNAL, 'Received RST_STREAM with code 2'), { reason: 'failed' }],
  ])('%s', (_what, error, failure) => {
    expect(failureOfError(error, STATUSES)).toMatchObject(failure);
  });

  test('a gRPC status that the policy names by its HTTP status', () => {
    expect(failureOfError(call(GrpcStatus.RESOURCE_EXHAUSTED), new Set([429]))).toMatchObject({ reason: 'failed' });
    expect(failureOfError(call(GrpcStatus.UNAVAILABLE), new Set([429]))).toBeNull();
  });

  test.each<[string, number]>([
    ['120', 120],
    ['-1', Number.POSITIVE_INFINITY],
    ['soon', Number.POSITIVE_INFINITY],
  ])('a gRPC service that pushes back with "%s"', (value, waitMs) => {
    const trailers = ['grpc-retry-pushback-ms', value];
    expect(failureOfError(call(GrpcStatus.UNAVAILABLE, 'busy', false, trailers), STATUSES)).toMatchObject({ waitMs });
  });

  test('an answer of a status that says so, and when', () => {
    const failure = (headers: string[], status = 503) =>
      failureOfResponse(answer({ status, headers }), STATUSES, () => NOW);
    expect(failure([])).toEqual({ reason: 'status', unprocessed: false, elsewhere: false, waitMs: null });
    expect(failure(['retry-after', '2'])).toMatchObject({ waitMs: 2_000 });
    expect(failure(['retry-after', new Date(NOW + 3_000).toUTCString()])).toMatchObject({ waitMs: 3_000 });
    expect(failure(['retry-after', 'soon'])).toMatchObject({ waitMs: null });
    expect(failure([], 500)).toBeNull();
  });
});

test.each<[string, unknown]>([
  ['the client left', new GatewayError('GW_CLIENT_CLOSED')],
  ['nobody is there at all', new GatewayError('GW_NO_INSTANCE')],
  ['the body is too large', new GatewayError('GW_BODY_TOO_LARGE')],
  ['the route has no room', full(ROUTE_IS_FULL)],
  ['the service means it', call(GrpcStatus.NOT_FOUND)],
  ['a bug', new TypeError('bug')],
])('not worth another attempt: %s', (_what, error) => {
  expect(failureOfError(error, STATUSES)).toBeNull();
});
