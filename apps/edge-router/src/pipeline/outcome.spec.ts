import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { fromGrpcStatus, GatewayError, GrpcStatus } from '@gateway/errors';
import { GrpcCallError } from '@gateway/grpc-pool';
import { answer } from '../pipeline.fixture';
import { outcomeAtEnd, outcomeOf, outcomeOfError } from './outcome';

const call = (status: number, details = 'because', refused = false) =>
  fromGrpcStatus(status, details, { cause: new GrpcCallError(status, details, refused, []) });
const refusedBy = (cause?: object) => new GatewayError('GW_UPSTREAM_REFUSED', { cause });

describe('an answer', () => {
  test.each([
    [200, 'ok'],
    [404, 'ok'],
    [429, 'ok'],
    [500, 'ok'],
    [501, 'ok'],
    [502, 'failed'],
    [503, 'failed'],
    [504, 'failed'],
  ])('of status %d is %s', (status, kind) => {
    expect(outcomeOf(answer({ status })).kind).toBe(kind);
  });

  test('that the upstream breaks off has failed after all, one that the client leaves has not', () => {
    const cut = { bytes: 1, complete: false };
    const body = new Readable({ read: () => undefined });
    const response = answer({ body });
    expect(outcomeAtEnd(response, cut).kind).toBe('ok');
    body.on('error', () => undefined).destroy(new GatewayError('GW_UPSTREAM_PROTOCOL'));
    expect(outcomeAtEnd(response, cut).kind).toBe('failed');
    expect(outcomeAtEnd(response, { bytes: 1, complete: true }).kind).toBe('ok');
    expect(outcomeAtEnd(answer(), cut).kind).toBe('ok');
    expect(outcomeAtEnd(answer({ body: Buffer.from('x') }), cut).kind).toBe('ok');
  });
});

describe('an error', () => {
  test.each<[string, unknown, string]>([
    ['nobody listens', refusedBy({ code: 'ECONNREFUSED' }), 'refused'],
    ['no route to the host', refusedBy({ code: 'EHOSTUNREACH' }), 'refused'],
    ['reset while connecting', refusedBy({ code: 'ECONNRESET', syscall: 'connect' }), 'refused'],
    ['a connection that was never answered', refusedBy({ code: 'ETIMEDOUT', syscall: 'connect' }), 'failed'],
    ['a reset', refusedBy({ code: 'ECONNRESET', syscall: 'read' }), 'failed'],
    ['gone before a byte of response', refusedBy(), 'failed'],
    ['a broken protocol', new GatewayError('GW_UPSTREAM_PROTOCOL'), 'failed'],
    ['a timeout', new GatewayError('GW_TIMEOUT'), 'failed'],
    ['the client left', new GatewayError('GW_CLIENT_CLOSED'), 'neutral'],
    ['the gateway has no room', new GatewayError('GW_OVERLOADED'), 'neutral'],
    ['a body that is too large', new GatewayError('GW_BODY_TOO_LARGE'), 'neutral'],
    ['a bug', new TypeError('bug'), 'neutral'],
    ['gRPC: no connection', call(GrpcStatus.UNAVAILABLE, 'No connection established', true), 'refused'],
    ['gRPC: unavailable', call(GrpcStatus.UNAVAILABLE), 'failed'],
    ['gRPC: too late', call(GrpcStatus.DEADLINE_EXCEEDED), 'failed'],
    ['gRPC: cancelled', call(GrpcStatus.CANCELLED), 'neutral'],
    ['gRPC: reset', call(GrpcStatus.INTERNAL, 'Received RST_STREAM with code 2 (Internal server error)'), 'failed'],
    ['gRPC: not gRPC', call(GrpcStatus.UNKNOWN, 'Received HTTP status code 500'), 'failed'],
    ['gRPC: INTERNAL that the service means', call(GrpcStatus.INTERNAL, 'no such table'), 'ok'],
    ['gRPC: not found', call(GrpcStatus.NOT_FOUND), 'ok'],
  ])('%s', (_what, error, kind) => {
    expect(outcomeOfError(error)).toEqual({ kind, why: expect.stringMatching(/./) });
  });
});
