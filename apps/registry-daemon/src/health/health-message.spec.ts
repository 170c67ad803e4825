import { expect, test } from '@jest/globals';
import { service } from 'grpc-health-check';
import fc from 'fast-check';
import { HEALTH_CHECK_PATH, healthRequest, healthStatus } from './health-message';

const { requestDeserialize, responseSerialize } = service['Check']!;
const framed = (message: Buffer, flag = 0): Buffer => {
  const prefix = Buffer.of(flag, 0, 0, 0, message.length);
  return Buffer.concat([prefix, message]);
};

test('asks for a service by its name', () => {
  expect(HEALTH_CHECK_PATH).toBe('/grpc.health.v1.Health/Check');
  const request = healthRequest('demo.v1.Demo');
  expect(requestDeserialize(request.subarray(5))).toEqual({ service: 'demo.v1.Demo' });
  expect([...request.subarray(0, 5)]).toEqual([0, 0, 0, 0, request.length - 5]);
});

test.each(['SERVING', 'NOT_SERVING', 'UNKNOWN'])('reads %s', (status) => {
  expect(healthStatus(framed(responseSerialize({ status })))).toBe(status);
});

test.each([
  ['nothing', Buffer.alloc(0)],
  ['less than it says', Buffer.of(0, 0, 0, 0, 9, 8)],
  ['something compressed', framed(responseSerialize({ status: 'SERVING' }), 1)],
  ['garbage', framed(Buffer.of(255, 255, 255))],
])('%s is an error', (_what, received) => expect(() => healthStatus(received)).toThrow());

test('whatever is received is a status or an error', () => {
  const whole = fc.uint8Array({ maxLength: 30 }).map((bytes) => framed(Buffer.from(bytes)));
  fc.assert(
    fc.property(fc.oneof(whole, fc.uint8Array({ maxLength: 30 }).map(Buffer.from)), (received) => {
      try {
        expect(typeof healthStatus(Buffer.from(received))).toBe('string');
      } catch (error) {
        expect((error as Error).message).not.toBe('');
      }
    }),
  );
});
