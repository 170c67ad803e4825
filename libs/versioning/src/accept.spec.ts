import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { acceptedVersions, versionedType } from './accept';

const of = (accept: string) => acceptedVersions(accept, 'acme');

test.each<[string, string[], boolean]>([
  ['application/vnd.acme.v2+json', ['v2'], false],
  ['Application/VND.Acme.V2+JSON; charset=utf-8', ['v2'], false],
  ['application/vnd.acme.v1+json;q=0.5, application/vnd.acme.v2+json', ['v2', 'v1'], false],
  ['application/vnd.acme.v1+json, application/vnd.acme.v2+json', ['v1', 'v2'], false],
  ['application/vnd.acme.v1+json;q=0, */*;q=0.1', [], true],
  ['application/vnd.acme.v9+json, application/json', ['v9'], true],
  ['application/vnd.acme.v9+json, application/json;q=0', ['v9'], false],
  ['application/vnd.acme.v1+json;q=2, application/vnd.acme.v2+json;q=0.001', ['v2'], false],
])('%s wants %j, any other: %s', (accept, versions, any) => expect(of(accept)).toEqual({ versions, any }));

test.each(['', '*/*', 'application/json', 'application/vnd.other.v2+json', 'application/vnd.acme.v2+xml'])(
  '"%s" says nothing about versions',
  (accept) => expect(of(accept)).toBeNull(),
);

test('only so many ranges are read', () => {
  const padding = Array.from({ length: 40 }, () => 'text/plain').join(',');
  expect(of(`${padding}, application/vnd.acme.v2+json`)).toBeNull();
});

test('whatever the weights, the versions come by weight and then as they stand', () => {
  const range = fc.record({
    version: fc.integer({ min: 1, max: 20 }),
    thousandths: fc.integer({ min: 0, max: 1_000 }),
  });
  fc.assert(
    fc.property(fc.array(range, { minLength: 1, maxLength: 20 }), (ranges) => {
      const accept = ranges.map(
        ({ version, thousandths }) => `${versionedType('acme', `v${version}`)};q=${(thousandths / 1_000).toFixed(3)}`,
      );
      const expected = ranges
        .filter(({ thousandths }) => thousandths > 0)
        .sort((a, b) => b.thousandths - a.thousandths);
      expect(of(accept.join(' , '))!.versions).toEqual(expected.map(({ version }) => `v${version}`));
    }),
  );
});

test('no field breaks it', () => {
  const piece = fc.constantFrom('application/vnd.acme.', 'v2', '+json', ';', ',', 'q=', '"', '0.5', ' ', '=');
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 40 }), (pieces) => {
      const accepted = of(pieces.join(''));
      if (accepted !== null) for (const version of accepted.versions) expect(version).not.toMatch(/[,;]/);
    }),
  );
});
