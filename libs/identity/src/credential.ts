import type { Credential } from './principal';

/** What the request's headers say: a credential, none, or something that can't be one (401). */
export type CredentialReading =
  | { readonly found: 'credential'; readonly credential: Credential }
  | { readonly found: 'none' }
  | { readonly found: 'malformed'; readonly why: string };

/** Longest token that is looked at, in characters. Larger ones don't fit the header bound of most servers either. */
export const MAX_TOKEN_LENGTH = 8192;

/** Longest API key that is looked at, in characters. */
export const MAX_API_KEY_LENGTH = 512;

/** RFC 6750 §2.1: `Bearer` in any case (RFC 9110 §11.1), one or more spaces, a b64token. */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

const malformed = (why: string): CredentialReading => ({ found: 'malformed', why });
const credential = (kind: Credential['kind'], value: string): CredentialReading => ({
  found: 'credential',
  credential: { kind, value },
});

function readBearer(authorization: string): CredentialReading {
  if (authorization.length > MAX_TOKEN_LENGTH) return malformed('the token is too long');
  const token = BEARER.exec(authorization)?.[1];
  return token === undefined ? malformed('Authorization is not "Bearer <token>"') : credential('bearer', token);
}

function readApiKey(key: string): CredentialReading {
  const fits = key.length <= MAX_API_KEY_LENGTH && VISIBLE_ASCII.test(key);
  return fits ? credential('api-key', key) : malformed('X-API-Key is not a key');
}

/**
 * The credential of a request. Pass only the headers whose kinds the route accepts: two credentials at once are
 * malformed, because choosing one would let a proxy and a service disagree about the caller (RFC 6750 §2).
 * @param headers.authorization the value of `Authorization`
 * @param headers.apiKey the value of `X-API-Key`
 */
export function readCredential(headers: { authorization?: string; apiKey?: string }): CredentialReading {
  const { authorization, apiKey } = headers;
  if (authorization !== undefined && apiKey !== undefined) return malformed('more than one credential');
  if (authorization !== undefined) return readBearer(authorization);
  return apiKey === undefined ? { found: 'none' } : readApiKey(apiKey);
}
