import type { JWTPayload } from 'jose';
import { isIdentifier } from './principal';

/** What the platform reads from a verified token. */
export interface TokenClaims {
  readonly subject: string;
  readonly sessionId: string;
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** RFC 6749 §3.3. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/;
const MAX_SCOPES = 256;

/** `scope` as RFC 8693 §4.2 has it, or a list in `scope` or `scp`, as some issuers do. Null when it's neither. */
function scopesOf({ scope, scp }: JWTPayload): readonly string[] | null {
  const granted = scope ?? scp ?? [];
  const scopes: unknown = typeof granted === 'string' ? granted.split(' ').filter((each) => each !== '') : granted;
  if (!Array.isArray(scopes) || scopes.length > MAX_SCOPES) return null;
  return scopes.every((each) => typeof each === 'string' && SCOPE_TOKEN.test(each)) ? scopes : null;
}

/** Reads a verified token's claims. Null when one of them can't be what it should be. */
export function readClaims(payload: JWTPayload): TokenClaims | null {
  const { sub, sid = '' } = payload;
  const scopes = scopesOf(payload);
  if (!isIdentifier(sub) || scopes === null) return null;
  if (sid !== '' && !isIdentifier(sid)) return null;
  return { subject: sub, sessionId: sid, scopes, expiresAt: payload.exp! * 1000 };
}
