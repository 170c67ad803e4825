import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createAuthority, needsRenewal, type Authority } from './index';

let dir: string;
let authority: Authority;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'gateway-authority-'));
  authority = await createAuthority(dir);
});
afterAll(() => rmSync(dir, { recursive: true }));

const certificateIn = (folder: string) => new X509Certificate(readFileSync(join(folder, 'cert.pem')));

test('an identity has the SPIFFE id, localhost and both loopback addresses, for client and server', async () => {
  const folder = await authority.issue('some-service');
  const leaf = certificateIn(folder);
  expect(folder).toBe(join(dir, 'some-service'));
  expect(leaf.subjectAltName).toBe(
    'URI:spiffe://gateway.local/some-service, DNS:localhost, DNS:some-service, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
  );
  expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  expect(leaf.verify(new X509Certificate(authority.ca).publicKey)).toBe(true);
  expect(readFileSync(join(folder, 'ca.pem'), 'utf8')).toBe(authority.ca);
});

test('a plain certificate has no SPIFFE id and is no client', async () => {
  const leaf = certificateIn(await authority.issue('edge', { spiffe: false }));
  expect(leaf.subjectAltName).not.toContain('URI:');
  expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
});

test('expired and not yet valid ones are', async () => {
  expect(certificateIn(await authority.issue('old', { expired: true })).validToDate.getTime()).toBeLessThan(Date.now());
  const early = certificateIn(await authority.issue('early', { notYetValid: true }));
  expect(early.validFromDate.getTime()).toBeGreaterThan(Date.now());
});

test('the same folder is the same authority; another folder is a foreign one', async () => {
  expect((await createAuthority(dir)).ca).toBe(authority.ca);
  const foreign = await createAuthority(join(dir, 'foreign'));
  const leaf = certificateIn(await foreign.issue('edge-router'));
  const ours = new X509Certificate(authority.ca);
  expect(leaf.verify(ours.publicKey)).toBe(false);
  expect(needsRenewal(leaf, ours, 7)).toBe(true);
});

test('a certificate is to be renewed when it ends within the given days', async () => {
  const ours = new X509Certificate(authority.ca);
  expect(needsRenewal(certificateIn(await authority.issue('a', { days: 6 })), ours, 7)).toBe(true);
  expect(needsRenewal(certificateIn(await authority.issue('a', { days: 8 })), ours, 7)).toBe(false);
});
