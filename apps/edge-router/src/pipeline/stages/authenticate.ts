import { type AuthPolicy, AuthPolicy_Credential, AuthPolicy_Mode } from '@gateway/contracts';
import type { Clock } from '@gateway/clock';
import { GatewayError } from '@gateway/errors';
import { type Authentication, type Authenticator, type CredentialReading, readCredential } from '@gateway/identity';
import { getHeader, getHeaders } from '@gateway/pipeline';
import { unauthenticated } from '../challenge';
import type { RequestContext } from '../context';
import type { Route } from '../route';
import type { RouteStage } from '../stage';
import { whenDone } from '../when-done';
import { dropTokens, offeredTokens } from '../socket-token';
import type { Settings } from '../settings';

/** Who tells who a caller is. */
export interface AuthenticatePorts {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Null in an edge that can't verify anything: it has no routes that would ask. */
  readonly authenticator: Authenticator | null;
}

/** Turns the credential into a principal. */
export function authenticate(
  { policy, timeoutMs }: Route,
  { clock, authenticator }: AuthenticatePorts,
): RouteStage | null {
  const mode = policy.auth?.mode ?? AuthPolicy_Mode.UNSPECIFIED;
  if (mode === AuthPolicy_Mode.NONE || authenticator === null) return null;
  const read = credentialReader(policy.auth);
  return (next) => (context) => {
    const reading = read(context);
    if (context.isTunnel) dropTokens(context);
    if (reading.found === 'malformed') throw unauthenticated('invalid_request', reading.why);
    if (reading.found === 'credential')
      // A tunnel has no deadline, but its handshake waits no longer than a request would.
      return whenDone(
        authenticator.authenticate(reading.credential, context.remainingMs(clock, timeoutMs)),
        (verdict) => {
          context.principal = principalOf(verdict);
          return next(context);
        },
      );
    if (mode !== AuthPolicy_Mode.OPTIONAL) throw unauthenticated();
    return next(context);
  };
}

function principalOf(verdict: Authentication): RequestContext['principal'] {
  if (verdict.outcome === 'valid') return verdict.principal;
  if (verdict.outcome === 'invalid') throw unauthenticated('invalid_token', undefined, verdict.reason);
  // Never 401 for an outage: the client would throw away a good token.
  throw new GatewayError('GW_AUTH_UNAVAILABLE', { retryAfter: 1, cause: verdict.why });
}

/** Reads only the kinds of credential that the route accepts. */
function credentialReader(auth: AuthPolicy | undefined): (context: RequestContext) => CredentialReading {
  const accepts = (kind: AuthPolicy_Credential): boolean =>
    auth === undefined || auth.credentials.length === 0 || auth.credentials.includes(kind);
  const [bearer, apiKey] = [accepts(AuthPolicy_Credential.BEARER), accepts(AuthPolicy_Credential.API_KEY)];
  return (context) => {
    const { headers } = context;
    const tokens = bearer && context.isTunnel ? offeredTokens(context) : NO_TOKENS;
    // RFC 6750 §2: more than one credential is malformed, also twice the same way.
    if (bearer && getHeaders(headers, 'authorization').length + tokens.length > 1) return TWICE;
    const [token] = tokens;
    const given = token === undefined ? getHeader(headers, 'authorization') : `Bearer ${token}`;
    return readCredential({
      authorization: bearer ? given : undefined,
      apiKey: apiKey ? getHeader(headers, 'x-api-key') : undefined,
    });
  };
}

const NO_TOKENS: readonly string[] = [];

const TWICE: CredentialReading = { found: 'malformed', why: 'more than one credential' };

/** What credential is asked for, and what the request has: it isn't verified here. */
export function describeAuthenticate({ policy: { auth } }: Route, context: RequestContext): Settings {
  const { found } = credentialReader(auth)(context);
  const optional = auth?.mode === AuthPolicy_Mode.OPTIONAL;
  const refused = found === 'malformed' || (found === 'none' && !optional);
  return {
    mode: optional ? 'OPTIONAL' : 'REQUIRED',
    credentials: (auth?.credentials ?? []).map((kind) => AuthPolicy_Credential[kind]),
    given: found,
    ...(refused ? { refusedWith: 401 } : {}),
  };
}
