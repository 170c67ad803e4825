import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GatewayError } from '@gateway/errors';
import { readPublish, readRoom, readToken } from './payloads';

test('good payloads are read', () => {
  const room = { name: 'kiln:k1', type: 'kiln', id: 'k1' };
  expect(readRoom({ room: 'kiln:k1' })).toEqual(room);
  expect(readPublish({ room: 'kiln:k1', event: 'x' })).toEqual({ room, event: 'x', data: null });
  expect(readPublish({ room: 'kiln:k1', event: 'x', data: [1] })).toEqual({ room, event: 'x', data: [1] });
  expect(readToken({ token: 't' })).toBe('t');
});

test('whatever comes is read, or refused with a field error', () => {
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true }), (payload) => {
      for (const read of [readRoom, readPublish, readToken]) {
        try {
          read(payload);
        } catch (error) {
          expect(error).toBeInstanceOf(GatewayError);
          expect((error as GatewayError).code).toBe('GW_INVALID_FIELD');
          expect((error as GatewayError).context.errors).toHaveLength(1);
        }
      }
    }),
  );
});
