import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeCapture } from './capture';
import { compileTemplate } from './template';

const single = compileTemplate('/{a}').variables[0]!;
const multi = compileTemplate('/{a=**}').variables[0]!;

describe('decodeCapture', () => {
  test('decodes one segment whole', () => {
    expect(decodeCapture(single, 'a%2Fb%20c')).toBe('a/b c');
    expect(decodeCapture(single, 'plain')).toBe('plain');
  });

  test('keeps an escaped slash of several segments as it is', () => {
    expect(decodeCapture(multi, 'a%2Fb%2fc/d%20e')).toBe('a%2Fb%2fc/d e');
  });

  test('answers null for what is not UTF-8', () => {
    expect(decodeCapture(single, '%FF')).toBeNull();
    expect(decodeCapture(multi, 'a%2F%FF')).toBeNull();
  });

  /** As google.api.http has clients expand a variable: all is escaped but unreserved characters, and slashes of several segments. */
  const expand = (value: string, bare: RegExp): string =>
    [...Buffer.from(value)]
      .map((byte) => [byte, String.fromCharCode(byte)] as const)
      .map(([byte, char]) => (bare.test(char) ? char : `%${byte.toString(16).padStart(2, '0')}`))
      .join('');
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc
      .array(fc.constantFrom('/', '%', '2F', '2f', '%2F', 'a', '+', ' ', '\u00e9'), { maxLength: 8 })
      .map((parts) => parts.join('')),
  );

  test('gives back what a client encoded', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(decodeCapture(single, encodeURIComponent(value))).toBe(value);
        expect(decodeCapture(single, expand(value, /[-_.~0-9a-zA-Z]/))).toBe(value);
        expect(decodeCapture(multi, expand(value, /[-_.~/0-9a-zA-Z]/))).toBe(value);
      }),
    );
  });

  test('of several segments never makes a slash, nor loses one', () => {
    const unescaped = new Map([
      ['%25', '%'],
      ['%20', ' '],
    ]);
    const raw = fc.array(fc.constantFrom('/', '%2F', '%2f', '%25', 'a', '2F', '%20'), { maxLength: 10 });
    fc.assert(
      fc.property(raw, (parts) => {
        const decoded = decodeCapture(multi, parts.join(''))!;
        expect(decoded.split('/')).toHaveLength(parts.join('').split('/').length);
        expect(decoded).toBe(parts.map((part) => unescaped.get(part) ?? part).join(''));
      }),
    );
  });
});
