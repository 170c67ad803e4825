import type { webcrypto } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { systemClock } from '@gateway/clock';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const HOUR = 3_600_000;

/** A certificate with its key, able to issue others when it was made as a CA. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly certificate: x509.X509Certificate;
}

/** What a test certificate is like: valid from an hour ago for a day unless said otherwise. */
export interface Wish {
  /** URI SANs; none when empty. */
  readonly uris?: readonly string[];
  /** Milliseconds from now. */
  readonly from?: number;
  readonly to?: number;
  readonly ca?: boolean;
}

let serial = 1;

/** Issues a certificate; self-signed without an issuer. */
export async function issue(commonName: string, wish: Wish, issuer?: Issued): Promise<Issued> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const now = systemClock.now();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: (serial++).toString(16).padStart(2, '0'),
    subject: `CN=${commonName}`,
    issuer: issuer?.certificate.subject ?? `CN=${commonName}`,
    notBefore: new Date(now + (wish.from ?? -HOUR)),
    notAfter: new Date(now + (wish.to ?? 24 * HOUR)),
    publicKey: keys.publicKey,
    signingKey: issuer?.keys.privateKey ?? keys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(wish.ca === true, undefined, true),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        ...(wish.uris ?? []).map((value) => ({ type: 'url' as const, value })),
      ]),
    ],
  });
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'), keys, certificate };
}

/** A root of its own. */
export const root = (commonName = 'test root'): Promise<Issued> => issue(commonName, { ca: true });

/** A service's certificate. */
export const leaf = (issuer: Issued, name: string, wish: Wish = {}): Promise<Issued> =>
  issue(name, { uris: [`spiffe://gateway.local/${name}`], ...wish }, issuer);

/** Writes an identity folder, over the files that are there. */
export function writeIdentity(dir: string, files: { cert: string; key: string; ca: string }): string {
  mkdirSync(dir, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, `${name}.pem`), text);
  return dir;
}

/** An empty folder of its own. */
export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'mtls-'));

/** A new identity folder with a leaf of `issuer`. */
export async function identityFolder(issuer: Issued, name: string, wish: Wish = {}): Promise<string> {
  const { cert, key } = await leaf(issuer, name, wish);
  return writeIdentity(newFolder(), { cert, key, ca: issuer.cert });
}
