import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { serviceNameOf, spiffeIdFor, spiffeIdOf } from './spiffe';

const idOf = (subjectaltname: string): string | null => spiffeIdOf({ subjectaltname });

describe('spiffeIdOf', () => {
  test('finds the one URI among other names', () => {
    expect(idOf('DNS:localhost, URI:spiffe://gateway.local/edge-router, IP Address:127.0.0.1')).toBe(
      'spiffe://gateway.local/edge-router',
    );
  });

  test.each([
    ['no certificate', undefined],
    ['a client without a certificate, as Node shows it', {}],
    ['no URI', { subjectaltname: 'DNS:localhost' }],
    ['a URI of another scheme', { subjectaltname: 'URI:https://gateway.local/edge-router' }],
    ['an id without a path', { subjectaltname: 'URI:spiffe://gateway.local' }],
    ['an empty path segment', { subjectaltname: 'URI:spiffe://gateway.local//edge-router' }],
    ['an upper-case trust domain', { subjectaltname: 'URI:spiffe://Gateway.local/edge-router' }],
    ['a query', { subjectaltname: 'URI:spiffe://gateway.local/edge-router?a=b' }],
    ['two URIs', { subjectaltname: 'URI:spiffe://gateway.local/a, URI:spiffe://gateway.local/b' }],
    ['text that is no list of names', { subjectaltname: 'URI:spiffe://gateway.local/a, nonsense' }],
  ])('is null for %s', (_what, certificate) => {
    expect(spiffeIdOf(certificate)).toBeNull();
  });

  test('is not fooled by a name that holds another (CVE-2021-44532)', () => {
    expect(idOf('DNS:"x, URI:spiffe://gateway.local/operator"')).toBeNull();
    expect(idOf('DNS:"a\\", URI:spiffe://gateway.local/operator, DNS:\\"b", URI:spiffe://gateway.local/me')).toBe(
      'spiffe://gateway.local/me',
    );
  });

  test('never throws, and finds nothing but a well-formed id', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.string({ maxLength: 50 }), (noise, tail) => {
        for (const text of [noise, `URI:spiffe://gateway.local/${tail}`, `${noise}, URI:spiffe://gateway.local/a`]) {
          const found = idOf(text);
          if (found !== null) expect(found).toMatch(/^spiffe:\/\/[a-z0-9._-]+(\/[A-Za-z0-9._-]+)+$/);
        }
      }),
    );
  });
});

test('a service name becomes an id and back', () => {
  expect(spiffeIdFor('ws-node')).toBe('spiffe://gateway.local/ws-node');
  expect(serviceNameOf('spiffe://gateway.local/ws-node')).toBe('ws-node');
});
