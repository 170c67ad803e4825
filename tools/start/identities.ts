import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  IDENTITIES,
  createAuthority,
  identityDir,
  needsRenewal,
  type Authority,
  type IssueOptions,
} from '@gateway/testing';
import type { DevFolder } from './dev-folder';

/** A certificate is renewed at a start within its last days. */
const RENEWAL_DAYS = 7;
const DAYS = 90;

/**
 * Makes the development CA (`.dev/ca.pem`), every identity (`.dev/identity/<name>`) and the edge's public certificate
 * (`.dev/tls`) that are missing, about to expire, or another CA's.
 * @returns how many were issued
 */
export async function ensureIdentities(dev: DevFolder): Promise<number> {
  const authority = await createAuthority(dev.path);
  let issued = 0;
  for (const name of IDENTITIES) issued += await ensure(authority, name, { folder: identityDir(dev.path, name) });
  // Public clients check the name only: no SPIFFE id, so that it can't be taken for a service's.
  issued += await ensure(authority, 'localhost', { folder: dev.below('tls'), spiffe: false });
  return issued;
}

/** Issues one identity, whether there is one or not. @returns its folder */
export async function issueIdentity(dev: DevFolder, name: string): Promise<string> {
  const authority = await createAuthority(dev.path);
  return authority.issue(name, { folder: identityDir(dev.path, name), days: DAYS });
}

async function ensure(authority: Authority, name: string, options: IssueOptions & { folder: string }): Promise<number> {
  if (isGood(options.folder, authority)) return 0;
  await authority.issue(name, { ...options, days: DAYS });
  return 1;
}

function isGood(folder: string, authority: Authority): boolean {
  const files = ['cert.pem', 'key.pem', 'ca.pem'].map((file) => join(folder, file));
  if (!files.every((file) => existsSync(file))) return false;
  const leaf = new X509Certificate(readFileSync(files[0]!));
  return !needsRenewal(leaf, new X509Certificate(authority.ca), RENEWAL_DAYS);
}
