import type { Clock } from '@gateway/clock';
import type { JSONWebKeySet } from 'jose';
import { z } from 'zod';
import { FetchedKeys } from './fetched-keys';
import { ALGORITHMS, type JwtIssuer } from './jwt-verifier';
import { staticKeys } from './key-source';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
const text = z.string().min(1);

/** Keys over plain HTTP could be swapped on the way: only from this very machine. */
const jwksUri = z.url({ protocol: /^https?$/ }).refine((value) => {
  const { protocol, hostname } = new URL(value);
  return protocol === 'https:' || LOOPBACK.has(hostname);
}, 'must be https (http only on loopback)');

const publicKey = z
  .looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']) })
  .refine((jwk) => !('d' in jwk), 'is a private key: configure the public one');

const jwks = z.looseObject({ keys: z.array(publicKey).min(1) });

const issuer = z
  .strictObject({
    /** Equal to the tokens' `iss`. */
    issuer: text,
    /** One or several; one of them must be among the tokens' `aud`. */
    audience: z.union([text.transform((one) => [one]), z.array(text).min(1)]),
    algorithms: z.array(z.enum(ALGORITHMS)).min(1).default(['ES256', 'EdDSA', 'RS256']),
    /** Where the keys are published (RFC 7517), or … */
    jwksUri: jwksUri.optional(),
    /** … the keys themselves. */
    jwks: jwks.optional(),
    clockSkewSeconds: z.int().min(0).max(300).default(30),
    maxLifetimeSeconds: z
      .int()
      .min(60)
      .default(24 * 3600),
  })
  .refine(
    (value) => (value.jwksUri === undefined) !== (value.jwks === undefined),
    'needs exactly one of jwksUri and jwks',
  );

/** `GATEWAY_ISSUERS`: the issuers whose tokens are verified without asking anybody. */
export const issuersSchema = z
  .array(issuer)
  .refine((list) => new Set(list.map((each) => each.issuer)).size === list.length, 'names an issuer twice');

/** A parsed entry of `GATEWAY_ISSUERS`. */
export type IssuerConfig = z.output<typeof issuer>;

/** Gets a key set from a URI; rejects when it can't. */
export type JwksFetcher = (uri: string) => Promise<JSONWebKeySet>;

/**
 * The issuers that a configuration names.
 * @param fetchJwks how keys are fetched, such as `fetchJwksOverHttp`
 */
export function issuersFrom(configs: readonly IssuerConfig[], clock: Clock, fetchJwks: JwksFetcher): JwtIssuer[] {
  return configs.map(({ jwksUri: uri, jwks: fixed, clockSkewSeconds, maxLifetimeSeconds, ...rest }) => ({
    ...rest,
    clockSkewMs: clockSkewSeconds * 1000,
    maxLifetimeMs: maxLifetimeSeconds * 1000,
    keys: uri === undefined ? staticKeys(fixed as JSONWebKeySet) : new FetchedKeys(() => fetchJwks(uri), clock),
  }));
}
