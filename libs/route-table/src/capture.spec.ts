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

  test('gives back what a client encoded', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(fc.property(text, (value) => expect(decodeCapture(single, encodeURIComponent(value))).toBe(value)));
  });
});
