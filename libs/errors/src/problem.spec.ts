import { describe, expect, test } from '@jest/globals';
import { asGatewayError, GatewayError } from './gateway-error';
import { fromGrpcStatus } from './grpc';
import { problemType, toProblem } from './problem';
import { ERRORS, type ErrorCode, GrpcStatus } from './table';

describe('the table', () => {
  test('has errors only, each with its own type', () => {
    const types = Object.keys(ERRORS).map((code) => problemType(code as ErrorCode));
    expect(new Set(types).size).toBe(types.length);
    for (const { status, grpc, title } of Object.values(ERRORS)) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
      expect(grpc).not.toBe(GrpcStatus.OK);
      expect(title).not.toBe('');
    }
  });
});

describe('toProblem', () => {
  test('has what RFC 9457 and the platform want', () => {
    const error = new GatewayError('GW_RATE_LIMITED', { detail: 'slow down', violatedPolicies: ['a'], retryAfter: 3 });
    expect(toProblem(error, { instance: '/a', requestId: 'r' })).toEqual({
      type: 'urn:gateway:problem:rate-limited',
      title: 'Too many requests',
      status: 429,
      detail: 'slow down',
      instance: '/a',
      code: 'GW_RATE_LIMITED',
      requestId: 'r',
      'violated-policies': ['a'],
      retryAfter: 3,
    });
  });

  test("shows a service's details, except what it says itself", () => {
    const detail = (json: object | null) => ({ typeUrl: 'type.googleapis.com/a.B', value: Buffer.of(1), json });
    const shown = { '@type': 'type.googleapis.com/a.B', c: 1 };
    const problem = toProblem(new GatewayError('GW_CONFLICT', { details: [detail(null), detail(shown)] }));
    expect(problem.details).toEqual([shown]);
    expect(toProblem(new GatewayError('GW_CONFLICT', { details: [detail(null)] })).details).toBeUndefined();
  });

  test('shows nothing of an error that is no GatewayError', () => {
    const secret = new TypeError('password is hunter2');
    expect(JSON.stringify(toProblem(secret))).not.toContain('hunter2');
    expect(asGatewayError(secret)).toMatchObject({ code: 'GW_INTERNAL', cause: secret });
  });
});

describe('fromGrpcStatus', () => {
  test.each([
    [GrpcStatus.NOT_FOUND, 'GW_NOT_FOUND'],
    [GrpcStatus.UNAVAILABLE, 'GW_UNAVAILABLE'],
    [GrpcStatus.DEADLINE_EXCEEDED, 'GW_TIMEOUT'],
    [GrpcStatus.INTERNAL, 'GW_UPSTREAM_ERROR'],
    [99, 'GW_UPSTREAM_ERROR'],
  ])('%d is %s', (status, code) => expect(fromGrpcStatus(status, '').code).toBe(code));

  test('has a row for each status but OK', () => {
    for (const status of Object.values(GrpcStatus))
      if (status !== 0) expect(ERRORS).toHaveProperty(fromGrpcStatus(status, '').code);
  });

  test('passes on only messages that are meant for the caller', () => {
    expect(fromGrpcStatus(GrpcStatus.NOT_FOUND, 'no p1').context.detail).toBe('no p1');
    expect(fromGrpcStatus(GrpcStatus.NOT_FOUND, '').context.detail).toBeUndefined();
    expect(fromGrpcStatus(GrpcStatus.INTERNAL, 'stack').context.detail).toBeUndefined();
  });
});
