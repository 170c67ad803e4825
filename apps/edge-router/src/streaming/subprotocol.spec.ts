import { describe, expect, test } from '@jest/globals';
import { GatewayError } from '@gateway/errors';
import fc from 'fast-check';
import { chosenSubprotocol, JSON_MESSAGES } from './subprotocol';

const choose = (...fields: string[]) => chosenSubprotocol(fields.flatMap((value) => ['sec-websocket-protocol', value]));

describe('the subprotocol', () => {
  test('is none where none is offered', () => {
    expect(choose()).toBeNull();
  });

  test.each([[[JSON_MESSAGES]], [[`other, ${JSON_MESSAGES}`]], [['other', `third ,\t${JSON_MESSAGES} `]]])(
    'of %j is ours',
    (fields) => {
      expect(choose(...fields)).toBe(JSON_MESSAGES);
    },
  );

  test.each([['other'], ['Gateway.JSON.v1'], ['']])('of %j is refused', (offered) => {
    expect(() => choose(offered)).toThrow(expect.objectContaining({ code: 'GW_BAD_REQUEST' }));
  });

  test.each([[`${JSON_MESSAGES},`], [`${JSON_MESSAGES}, ${JSON_MESSAGES}`], [`a b, ${JSON_MESSAGES}`]])(
    'of %j is none: that is no list of names',
    (offered) => {
      expect(() => choose(offered)).toThrow(
        expect.objectContaining({ context: { detail: 'Sec-WebSocket-Protocol is malformed' } }),
      );
    },
  );

  test('is ours, or refused, whatever is offered', () => {
    const piece = fc.constantFrom(JSON_MESSAGES, 'other', ',', ', ', ' ', '\t');
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 5 })), { minLength: 1 }), (parts) => {
        try {
          expect(choose(parts.join(''))).toBe(JSON_MESSAGES);
          expect(parts.join('')).toContain(JSON_MESSAGES);
        } catch (error) {
          if (!(error instanceof GatewayError)) throw error;
        }
      }),
    );
  });
});
