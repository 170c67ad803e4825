import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type CryptoKey,
  type JSONWebKeySet,
  type JWK,
} from 'jose';

export const SIGNING_ALGORITHM = 'ES256';
const FILE = 'auth-signing-key.json';

/** What tokens are signed with, and what everybody may know of it. */
export interface SigningKey {
  readonly keyId: string;
  readonly privateKey: CryptoKey;
  readonly publicKeys: JSONWebKeySet;
}

async function signingKeyOf(jwk: JWK): Promise<SigningKey> {
  const keyId = await calculateJwkThumbprint(jwk);
  const { d: _private, ...publicJwk } = jwk;
  return {
    keyId,
    privateKey: (await importJWK(jwk, SIGNING_ALGORITHM)) as CryptoKey,
    publicKeys: { keys: [{ ...publicJwk, kid: keyId, alg: SIGNING_ALGORITHM, use: 'sig' }] },
  };
}

async function generate(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true });
  return exportJWK(privateKey);
}

/** Null when there is none yet. @throws Error naming the file when it can't be read as a key */
function read(file: string): JWK | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JWK;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new Error(`${file} holds no signing key`, { cause });
  }
}

/** Linking fails when the file exists, so of two instances that start at once one wins and both use its key. */
function writeOnce(dir: string, file: string, jwk: JWK): void {
  const draft = join(dir, `.${FILE}.${process.pid}`);
  writeFileSync(draft, JSON.stringify(jwk), { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * The key in the state folder, made when there is none, so that tokens survive a restart.
 * @param dir not given: a key for this process's life
 * @throws Error when the folder can't be used
 */
export async function loadSigningKey(dir?: string): Promise<SigningKey> {
  if (dir === undefined) return signingKeyOf(await generate());
  mkdirSync(dir, { recursive: true });
  const file = join(dir, FILE);
  if (read(file) === null) writeOnce(dir, file, await generate());
  return signingKeyOf(read(file)!);
}
