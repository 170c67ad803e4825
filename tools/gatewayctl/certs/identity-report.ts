import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spiffeIdOf } from '@gateway/mtls';

/** An identity folder, as far as it can be told from its files. */
export interface IdentityReport {
  readonly spiffeId: string | null;
  /** Milliseconds since the Unix epoch; null: there is no certificate to read. */
  readonly until: number | null;
  /** Why it can't be used; null: it can. */
  readonly problem: string | null;
}

/**
 * Looks at `cert.pem`, `key.pem` and `ca.pem` of a folder.
 * @param now milliseconds since the Unix epoch
 */
export function reportOn(folder: string, now: number): IdentityReport {
  try {
    const read = (name: string): Buffer => readFileSync(join(folder, name));
    const certificate = new X509Certificate(read('cert.pem'));
    const spiffeId = spiffeIdOf({ subjectaltname: certificate.subjectAltName });
    const until = certificate.validToDate.getTime();
    const problem = problemOf(certificate, { spiffeId, until, now, key: read('key.pem'), ca: read('ca.pem') });
    return { spiffeId, until, problem };
  } catch (error) {
    return { spiffeId: null, until: null, problem: (error as Error).message };
  }
}

interface Material {
  readonly spiffeId: string | null;
  readonly until: number;
  readonly now: number;
  readonly key: Buffer;
  readonly ca: Buffer;
}

/** What a peer, or the identity's own service, would object to. */
function problemOf(certificate: X509Certificate, { spiffeId, until, now, key, ca }: Material): string | null {
  if (until <= now) return 'has expired';
  if (certificate.validFromDate.getTime() > now) return 'is not valid yet';
  if (spiffeId === null) return 'has no SPIFFE id';
  if (!certificate.checkPrivateKey(createPrivateKey(key))) return 'the key is not the certificate’s';
  return certificate.verify(new X509Certificate(ca).publicKey) ? null : 'is not signed by its ca.pem';
}
