// The ASN.1 library under @peculiar/x509 describes its types with decorators: nothing of Nest is involved.
import 'reflect-metadata';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { webcrypto, type X509Certificate as NodeCertificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';

type CryptoKey = webcrypto.CryptoKey;
type CryptoKeyPair = webcrypto.CryptoKeyPair;

x509.cryptoProvider.set(webcrypto);

/** How a certificate differs from a service's usual one. */
export interface IssueOptions {
  /** It expired an hour ago. */
  readonly expired?: boolean;
  /** It becomes valid in an hour. */
  readonly notYetValid?: boolean;
  /** How long it is valid, in days; 30 when not given. */
  readonly days?: number;
  /** False: no SPIFFE id, and of use to servers only, as a public certificate. */
  readonly spiffe?: boolean;
  /** The SPIFFE id, when not `spiffe://gateway.local/<name>`. */
  readonly spiffeId?: string;
  /** DNS names beside localhost and the name. */
  readonly dns?: readonly string[];
  /** The folder to write to; `<authority's folder>/<name>` when not given. */
  readonly folder?: string;
}

/** A certificate authority of one platform, in a folder: for development and tests. */
export interface Authority {
  /** PEM file with its certificate. */
  readonly caFile: string;
  /** PEM of its certificate. */
  readonly ca: string;
  /**
   * Issues (or renews) a certificate into `cert.pem`, `key.pem` and `ca.pem` of a folder.
   * @returns the folder
   */
  issue(name: string, options?: IssueOptions): Promise<string>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const TRUST_DOMAIN = 'gateway.local';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CA_DAYS = 3_650;
const LEAF_DAYS = 30;

interface Signer {
  readonly certificate: x509.X509Certificate;
  readonly key: CryptoKey;
}

/**
 * Opens the authority of a folder (`ca.pem`, `ca.key.pem`), making it when there is none.
 * @param dir where the authority and, by default, the identities it issues are
 */
export async function createAuthority(dir: string): Promise<Authority> {
  mkdirSync(dir, { recursive: true });
  const [certFile, keyFile] = [join(dir, 'ca.pem'), join(dir, 'ca.key.pem')];
  const known = existsSync(certFile) && existsSync(keyFile);
  const signer = known ? await readSigner(certFile, keyFile) : await makeSigner();
  const ca = `${signer.certificate.toString('pem')}\n`;
  if (!known) {
    replace(keyFile, `${await pemOf(signer.key)}\n`, 0o600);
    replace(certFile, ca);
  }
  return {
    caFile: certFile,
    ca,
    async issue(name, options = {}) {
      const folder = options.folder ?? join(dir, name);
      const { cert, key } = await issueLeaf(signer, name, options);
      mkdirSync(folder, { recursive: true });
      replace(join(folder, 'ca.pem'), ca);
      replace(join(folder, 'key.pem'), key, 0o600);
      replace(join(folder, 'cert.pem'), cert);
      return folder;
    },
  };
}

async function makeSigner(): Promise<Signer> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=Gateway development CA ${randomSerial().slice(0, 8)}`,
    serialNumber: randomSerial(),
    notBefore: new Date(Date.now() - HOUR_MS),
    notAfter: new Date(Date.now() + CA_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate, key: keys.privateKey };
}

async function readSigner(certFile: string, keyFile: string): Promise<Signer> {
  const der = x509.PemConverter.decodeFirst(readFileSync(keyFile, 'utf8'));
  return {
    certificate: new x509.X509Certificate(readFileSync(certFile, 'utf8')),
    key: await webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, true, ['sign']),
  };
}

async function issueLeaf(signer: Signer, name: string, options: IssueOptions): Promise<{ cert: string; key: string }> {
  const keys = await newKeys();
  const plain = options.spiffe === false;
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: signer.certificate.subject,
    serialNumber: randomSerial(),
    ...validity(options),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: signer.key,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        ...(plain ? [] : [x509.ExtendedKeyUsage.clientAuth]),
      ]),
      new x509.SubjectAlternativeNameExtension(namesOf(name, options)),
      await x509.AuthorityKeyIdentifierExtension.create(signer.certificate),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: `${certificate.toString('pem')}\n`, key: `${await pemOf(keys.privateKey)}\n` };
}

function validity({ expired, notYetValid, days = LEAF_DAYS }: IssueOptions): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  if (expired) return { notBefore: new Date(now - days * DAY_MS), notAfter: new Date(now - HOUR_MS) };
  // An hour of grace, for clocks that are a little behind ours.
  const from = notYetValid ? now + HOUR_MS : now - HOUR_MS;
  return { notBefore: new Date(from), notAfter: new Date(now + days * DAY_MS) };
}

function namesOf(name: string, { spiffe = true, spiffeId, dns = [] }: IssueOptions): x509.JsonGeneralNames {
  const identity = spiffe ? [{ type: 'url' as const, value: spiffeId ?? `spiffe://${TRUST_DOMAIN}/${name}` }] : [];
  return [
    ...identity,
    ...[...new Set(['localhost', name, ...dns])].map((value) => ({ type: 'dns' as const, value })),
    { type: 'ip', value: '127.0.0.1' },
    { type: 'ip', value: '::1' },
  ];
}

const newKeys = (): Promise<CryptoKeyPair> =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']) as Promise<CryptoKeyPair>;

const pemOf = async (key: CryptoKey): Promise<string> =>
  x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');

/** A positive serial number of 16 bytes (RFC 5280, section 4.1.2.2), as hexadecimal digits. */
function randomSerial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

/** A reader sees the old file or the new one, never half of it. */
function replace(file: string, content: string, mode = 0o644): void {
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, content, { mode });
  renameSync(aside, file);
}

/** Whether a certificate is to be replaced: it ends within `days`, or another authority issued it. */
export function needsRenewal(leaf: NodeCertificate, ca: NodeCertificate, days: number): boolean {
  return leaf.validToDate.getTime() < Date.now() + days * DAY_MS || !leaf.verify(ca.publicKey);
}
