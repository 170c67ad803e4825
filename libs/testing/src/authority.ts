import 'reflect-metadata';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const TRUST_DOMAIN = 'gateway.local';

type CryptoKey = webcrypto.CryptoKey;
type CryptoKeyPair = webcrypto.CryptoKeyPair;

x509.cryptoProvider.set(webcrypto);

/** What a certificate is for. */
export interface IssueOptions {
  /** Already ended when it is issued. */
  expired?: boolean;
  /** False: a plain server certificate without a SPIFFE id. */
  spiffe?: boolean;
  /** Another SPIFFE id than `spiffe://gateway.local/<name>`. */
  spiffeId?: string;
  /** Days until it ends. Default 30. */
  days?: number;
  /** The folder to write to. Default `<authority's folder>/<name>`. */
  folder?: string;
}

/** A certificate authority for development and tests. */
export interface Authority {
  /** Its certificate (PEM). */
  readonly caFile: string;
  /**
   * Issues an identity: `cert.pem`, `key.pem` and `ca.pem` in a folder, replaced one by one atomically.
   * @returns the folder
   */
  issue(name: string, options?: IssueOptions): Promise<string>;
}

/**
 * Opens the authority of a folder, or makes one there: `ca.pem` and `ca-key.pem`.
 * Keys are EC P-256; files with keys are readable by their owner only.
 */
export async function createAuthority(folder: string): Promise<Authority> {
  mkdirSync(folder, { recursive: true });
  const caFile = join(folder, 'ca.pem');
  const keyFile = join(folder, 'ca-key.pem');
  if (!existsSync(caFile) || !existsSync(keyFile)) await writeAuthority(caFile, keyFile);
  const certificate = new x509.X509Certificate(readFileSync(caFile, 'utf8'));
  const signingKey = await importKey(readFileSync(keyFile, 'utf8'));
  return {
    caFile,
    async issue(name, options = {}) {
      const target = options.folder ?? join(folder, name);
      mkdirSync(target, { recursive: true });
      const keys = await generateKeys();
      const leaf = await issueLeaf(name, options, keys, certificate, signingKey);
      replace(join(target, 'key.pem'), await exportKey(keys.privateKey), 0o600);
      replace(join(target, 'cert.pem'), leaf.toString('pem') + '\n');
      replace(join(target, 'ca.pem'), readFileSync(caFile, 'utf8'));
      return target;
    },
  };
}

async function writeAuthority(caFile: string, keyFile: string): Promise<void> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: 'CN=Gateway development CA',
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + 3650 * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  replace(keyFile, await exportKey(keys.privateKey), 0o600);
  replace(caFile, certificate.toString('pem') + '\n');
}

async function issueLeaf(
  name: string,
  options: IssueOptions,
  keys: CryptoKeyPair,
  issuer: x509.X509Certificate,
  signingKey: CryptoKey,
): Promise<x509.X509Certificate> {
  const end = options.expired ? Date.now() - DAY_MS / 2 : Date.now() + (options.days ?? 30) * DAY_MS;
  return x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: `CN=${name}`,
    issuer: issuer.subject,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(end),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension(alternativeNames(name, options)),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
}

function alternativeNames(name: string, { spiffe = true, spiffeId }: IssueOptions): x509.JsonGeneralNames {
  const names: x509.JsonGeneralNames = [
    { type: 'dns', value: 'localhost' },
    { type: 'ip', value: '127.0.0.1' },
    { type: 'ip', value: '::1' },
  ];
  if (name !== 'localhost') names.push({ type: 'dns', value: name });
  if (spiffe) names.push({ type: 'url', value: spiffeId ?? `spiffe://${TRUST_DOMAIN}/${name}` });
  return names;
}

const generateKeys = (): Promise<CryptoKeyPair> =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']) as Promise<CryptoKeyPair>;

/** Positive and 16 bytes long (RFC 5280 §4.1.2.2). */
function serial(): string {
  const bytes = Buffer.from(webcrypto.getRandomValues(new Uint8Array(16)));
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString('hex');
}

async function exportKey(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY') + '\n';
}

function importKey(pem: string): Promise<CryptoKey> {
  const [bytes] = x509.PemConverter.decode(pem);
  return webcrypto.subtle.importKey('pkcs8', bytes!, ALGORITHM, true, ['sign']) as Promise<CryptoKey>;
}

/** A reader sees the old file or the new one, never half of it. */
function replace(file: string, content: string, mode = 0o644): void {
  const temporary = `${file}.new`;
  writeFileSync(temporary, content, { mode });
  chmodSync(temporary, mode);
  renameSync(temporary, file);
}
