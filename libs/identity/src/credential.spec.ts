import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_API_KEY_LENGTH, MAX_TOKEN_LENGTH, readCredential } from './index';

const bearer = (value: string) => ({ found: 'credential', credential: { kind: 'bearer', value } });

test('no header is no credential', () => {
  expect(readCredential({})).toEqual({ found: 'none' });
});

test.each([
  ['Bearer abc.def-_~+/==', 'abc.def-_~+/=='],
  ['bearer   abc', 'abc'],
  ['BEARER a', 'a'],
])('reads the token of %j', (authorization, token) => {
  expect(readCredential({ authorization })).toEqual(bearer(token));
});

test.each([
  '',
  'Bearer',
  'Bearer ',
  'Bearer a b',
  'Bearer a,b',
  'Bearer =',
  'Bearer a=b',
  'Bearer ä',
  ' Bearer a',
  'Bearer a ',
  'Bearer\ta',
  'Basic dTpw',
  'abc',
  `Bearer ${'a'.repeat(MAX_TOKEN_LENGTH)}`,
])('refuses Authorization %j', (authorization) => {
  expect(readCredential({ authorization })).toMatchObject({ found: 'malformed' });
});

test('reads an API key of visible ASCII, up to its bound', () => {
  const value = '!'.repeat(MAX_API_KEY_LENGTH);
  expect(readCredential({ apiKey: value })).toEqual({ found: 'credential', credential: { kind: 'api-key', value } });
  expect(readCredential({ apiKey: `${value}!` })).toMatchObject({ found: 'malformed' });
});

test.each(['', 'a b', 'ä', 'a\r\nb'])('refuses the API key %j', (apiKey) => {
  expect(readCredential({ apiKey })).toMatchObject({ found: 'malformed' });
});

test('two credentials are malformed', () => {
  expect(readCredential({ authorization: 'Bearer a', apiKey: 'k' })).toMatchObject({ found: 'malformed' });
});

test('whatever the headers hold, it reads without throwing and lets only token characters through', () => {
  const header = fc.option(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((rest) => `Bearer ${rest}`),
    ),
    { nil: undefined },
  );
  fc.assert(
    fc.property(header, header, (authorization, apiKey) => {
      const reading = readCredential({ authorization, apiKey });
      if (reading.found === 'credential') expect(reading.credential.value).toMatch(/^[\x21-\x7e]+$/);
    }),
  );
});
