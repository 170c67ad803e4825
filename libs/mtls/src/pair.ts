import { X509Certificate, createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNameOf, spiffeIdOf } from './spiffe';

/** The files of an identity folder. */
const FILES = ['cert.pem', 'key.pem', 'ca.pem'] as const;
/** Longer chains are a mistake, or an attempt to keep us busy. */
const MAX_CHAIN = 8;
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** An identity that can't be used, and why. */
export class IdentityError extends Error {
  override readonly name = 'IdentityError';
}

/** A certificate with its key and the CA that it chains to; checked. */
export interface Pair {
  /** PEM: the leaf, then intermediates. */
  readonly cert: string;
  readonly key: string;
  /** PEM: one or several roots, all trusted. */
  readonly ca: string;
  readonly spiffeId: string;
  readonly name: string;
  /** When the leaf expires, in milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

/**
 * Reads and checks an identity folder.
 * @param now milliseconds since the Unix epoch
 * @throws IdentityError when a file is missing, unreadable, expired, doesn't match, or doesn't chain to ca.pem
 */
export function readPair(dir: string, now: number): Pair {
  const [cert, key, ca] = FILES.map((file) => readText(dir, file)) as [string, string, string];
  const [leaf, ...intermediates] = certificatesIn(cert, 'cert.pem');
  const spiffeId = spiffeIdOf({ subjectaltname: leaf.subjectAltName });
  if (spiffeId === null) throw new IdentityError('cert.pem has no SPIFFE id');
  if (!leaf.checkPrivateKey(privateKeyIn(key)))
    throw new IdentityError("key.pem is not the key of cert.pem's certificate");
  checkValidity(leaf, now);
  checkChain(leaf, intermediates, certificatesIn(ca, 'ca.pem'));
  return { cert, key, ca, spiffeId, name: serviceNameOf(spiffeId), expiresAt: leaf.validToDate.getTime() };
}

/** A text that changes whenever one of the folder's files is replaced or rewritten. */
export function fingerprintOf(dir: string): string {
  return FILES.map((file) => {
    const stat = statSync(join(dir, file), { throwIfNoEntry: false });
    return stat ? `${stat.ino}:${stat.size}:${stat.mtimeMs}` : 'missing';
  }).join(' ');
}

function readText(dir: string, file: string): string {
  try {
    return readFileSync(join(dir, file), 'utf8');
  } catch (cause) {
    throw new IdentityError(`${join(dir, file)} can't be read`, { cause });
  }
}

function certificatesIn(pem: string, file: string): [X509Certificate, ...X509Certificate[]] {
  try {
    const [first, ...rest] = (pem.match(PEM_CERTIFICATE) ?? []).map((each) => new X509Certificate(each));
    if (first) return [first, ...rest];
  } catch (cause) {
    throw new IdentityError(`${file} holds something that is no certificate`, { cause });
  }
  throw new IdentityError(`${file} holds no certificate`);
}

function privateKeyIn(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new IdentityError('key.pem holds no private key', { cause });
  }
}

function checkValidity(leaf: X509Certificate, now: number): void {
  if (now > leaf.validToDate.getTime())
    throw new IdentityError(`cert.pem expired at ${leaf.validToDate.toISOString()}`);
  if (now < leaf.validFromDate.getTime()) {
    throw new IdentityError(`cert.pem is not valid before ${leaf.validFromDate.toISOString()}`);
  }
}

function checkChain(
  leaf: X509Certificate,
  intermediates: readonly X509Certificate[],
  roots: readonly X509Certificate[],
): void {
  let subject: X509Certificate | undefined = leaf;
  for (let length = 0; subject && length < MAX_CHAIN; length += 1) {
    if (issuerOf(subject, roots)) return;
    subject = issuerOf(subject, intermediates);
  }
  throw new IdentityError("cert.pem doesn't chain to ca.pem");
}

const issuerOf = (subject: X509Certificate, candidates: readonly X509Certificate[]): X509Certificate | undefined =>
  candidates.find((candidate) => subject.checkIssued(candidate) && subject.verify(candidate.publicKey));
