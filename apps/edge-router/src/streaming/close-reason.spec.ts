import { GatewayError } from '@gateway/errors';
import { GrpcCallError } from '@gateway/grpc-pool';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { closeOf } from './close-reason';

test.each<[unknown, number, string]>([
  [new GatewayError('GW_BAD_BODY', { detail: 'The body is not JSON' }), 1007, 'GW_BAD_BODY: The body is not JSON'],
  [new GatewayError('GW_TIMEOUT'), 4004, 'GW_TIMEOUT: The call took too long'],
  [
    new GatewayError('GW_UPSTREAM_ERROR', { cause: new GrpcCallError(13, 'a secret', false, []) }),
    4013,
    'GW_UPSTREAM_ERROR: The service reported an error',
  ],
  [
    new GatewayError('GW_INVALID_FIELD', { errors: [{ pointer: '/a', rule: 'type', detail: 'expected text' }] }),
    4003,
    'GW_INVALID_FIELD: /a: expected text',
  ],
  [new Error('a bug'), 4013, 'GW_INTERNAL: The gateway failed'],
])('%s closes with %d', (error, code, reason) => {
  expect(closeOf(error)).toEqual({ code, reason });
});

test('whatever the detail is, the reason fits and is whole characters of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (detail) => {
      const { reason } = closeOf(new GatewayError('GW_NOT_FOUND', { detail }));
      const whole = Buffer.from(`GW_NOT_FOUND: ${detail}`);
      expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
      expect(Buffer.byteLength(reason)).toBeGreaterThanOrEqual(Math.min(whole.length, 120));
      expect(whole.toString().startsWith(reason)).toBe(true);
    }),
  );
});
