import { createLocalJWKSet, type CryptoKey, type JSONWebKeySet } from 'jose';

/** The header parameters by which a key is chosen (RFC 7515 §4.1). */
export interface KeyHint {
  readonly alg: string;
  readonly kid?: string;
}

/** A key; that no published key fits; or that the keys can't be had now. */
export type KeyLookup =
  | { readonly found: 'key'; readonly key: CryptoKey }
  | { readonly found: 'none' }
  | { readonly found: 'unavailable'; readonly why: string };

/** Where an issuer's public keys come from. Doesn't throw or reject. */
export interface KeySource {
  find(hint: KeyHint): Promise<KeyLookup>;
}

/** A parsed key set: finds a key, or null. */
export type KeySet = (hint: KeyHint) => Promise<CryptoKey | null>;

/**
 * Parses a JSON Web Key Set (RFC 7517). A token without `kid` finds a key only when exactly one fits.
 * @throws when it isn't one
 */
export function parseKeySet(jwks: JSONWebKeySet): KeySet {
  const choose = createLocalJWKSet(jwks);
  return async (hint) => {
    try {
      return await choose({ ...hint });
    } catch {
      // No key fits, several do, or the one that fits is broken: nothing that could verify the token.
      return null;
    }
  };
}

/** Keys that don't change. @throws when `jwks` isn't a key set */
export function staticKeys(jwks: JSONWebKeySet): KeySource {
  const keys = parseKeySet(jwks);
  return {
    async find(hint) {
      const key = await keys(hint);
      return key === null ? { found: 'none' } : { found: 'key', key };
    },
  };
}
