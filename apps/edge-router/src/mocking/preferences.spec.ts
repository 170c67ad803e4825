import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readPreferences } from './preferences';

test.each([
  [['prefer', 'code=404'], { code: 404 }],
  [['prefer', 'Example = "1"'], { example: 1 }],
  [['prefer', 'respond-async, code=503; x=y, example=2'], { code: 503, example: 2 }],
  [['prefer', 'code=404', 'prefer', 'code=500, example=0'], { code: 404, example: 0 }],
  [['prefer', 'foo="a, code=500", code=409'], { code: 409 }],
  [['prefer', 'code, code=x, code=-1, code=4040, code=404 5'], {}],
  [['prefer', `code=404,${' '.repeat(600)}`], {}],
  [['accept', 'code=404'], {}],
])('%j prefers %j', (headers, preferences) => {
  expect(readPreferences(headers)).toEqual(preferences);
});

test('any text is read, and gives numbers or nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom(...'code=xmpl, "41;\t') }), { maxLength: 3 }), (fields) => {
      const { code = 0, example = 0 } = readPreferences(fields.flatMap((field) => ['prefer', field]));
      expect([code, example].every((each) => Number.isInteger(each) && each >= 0 && each < 1000)).toBe(true);
    }),
  );
});
