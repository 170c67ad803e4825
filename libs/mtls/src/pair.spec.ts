import { rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { identityFolder, issue, leaf, newFolder, root, writeIdentity, type Issued } from './certificates.fixture';
import { IdentityError, fingerprintOf, readPair } from './pair';

let ca: Issued;
let edge: Issued;
beforeAll(async () => {
  ca = await root();
  edge = await leaf(ca, 'edge-router');
});

const read = (files: { cert: string; key: string; ca: string }, now = Date.now()) =>
  readPair(writeIdentity(newFolder(), files), now);

test('reads a good folder', () => {
  const pair = read({ cert: edge.cert, key: edge.key, ca: ca.cert });
  expect(pair).toMatchObject({ spiffeId: 'spiffe://gateway.local/edge-router', name: 'edge-router', ca: ca.cert });
  expect(pair.expiresAt).toBe(edge.certificate.notAfter.getTime());
});

test('follows intermediates to one of several roots', async () => {
  const intermediate = await issue('intermediate', { ca: true }, ca);
  const below = await leaf(intermediate, 'ws-node');
  const other = await root('another root');
  const chain = { cert: `${below.cert}\n${intermediate.cert}`, key: below.key, ca: `${other.cert}\n${ca.cert}` };
  expect(read(chain).name).toBe('ws-node');
});

describe('refuses', () => {
  test('a missing file, naming it', () => {
    const dir = writeIdentity(newFolder(), { cert: edge.cert, key: edge.key, ca: ca.cert });
    rmSync(join(dir, 'key.pem'));
    expect(() => readPair(dir, Date.now())).toThrow(IdentityError);
    expect(() => readPair(dir, Date.now())).toThrow(`${join(dir, 'key.pem')} can't be read`);
  });

  test('files that hold something else', () => {
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    expect(() => read({ cert: 'hello', key: edge.key, ca: ca.cert })).toThrow('cert.pem holds no certificate');
    expect(() => read({ cert: broken, key: edge.key, ca: ca.cert })).toThrow(
      'cert.pem holds something that is no certificate',
    );
    expect(() => read({ cert: edge.cert, key: edge.key, ca: '' })).toThrow('ca.pem holds no certificate');
    expect(() => read({ cert: edge.cert, key: edge.cert, ca: ca.cert })).toThrow('key.pem holds no private key');
  });

  test("another certificate's key", () => {
    expect(() => read({ cert: edge.cert, key: ca.key, ca: ca.cert })).toThrow('key.pem is not the key of');
  });

  test('a certificate that names no service', async () => {
    const nobody = await issue('nobody', {}, ca);
    expect(() => read({ cert: nobody.cert, key: nobody.key, ca: ca.cert })).toThrow('cert.pem has no SPIFFE id');
  });

  test('an expired certificate, and one that is not valid yet', () => {
    const files = { cert: edge.cert, key: edge.key, ca: ca.cert };
    expect(() => read(files, edge.certificate.notAfter.getTime() + 1)).toThrow('cert.pem expired at');
    expect(() => read(files, edge.certificate.notBefore.getTime() - 1)).toThrow('cert.pem is not valid before');
  });

  test("another CA's certificate, even of a CA with the same name", async () => {
    const impostor = await root();
    expect(() => read({ cert: edge.cert, key: edge.key, ca: impostor.cert })).toThrow(
      "cert.pem doesn't chain to ca.pem",
    );
  });

  test('a chain that never reaches a root', async () => {
    const lost = await root('lost');
    const loop = { cert: edge.cert + Array(20).fill(ca.cert).join('\n'), key: edge.key, ca: lost.cert };
    expect(() => read(loop)).toThrow("cert.pem doesn't chain to ca.pem");
  });
});

test('the fingerprint changes with any file, and when one goes', async () => {
  const dir = await identityFolder(ca, 'edge-router');
  const before = fingerprintOf(dir);
  expect(fingerprintOf(dir)).toBe(before);
  utimesSync(join(dir, 'ca.pem'), new Date(0), new Date(0));
  const touched = fingerprintOf(dir);
  expect(touched).not.toBe(before);
  rmSync(join(dir, 'cert.pem'));
  expect(fingerprintOf(dir)).not.toBe(touched);
});
