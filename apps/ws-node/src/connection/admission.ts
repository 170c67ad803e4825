import { GatewayError } from '@gateway/errors';
import {
  readCredential,
  type Authentication,
  type Authenticator,
  type Credential,
  type Principal,
} from '@gateway/identity';

/** Who is at the other end of a socket, and what proved it. */
export interface Caller {
  readonly principal: Principal;
  /** Kept to be checked again: a session may be ended by others. */
  readonly credential: Credential;
}

/** Turns tokens into callers. */
export class Admission {
  /** @param timeoutMs how long a token may take to check */
  constructor(
    private readonly authenticator: Pick<Authenticator, 'authenticate'>,
    private readonly timeoutMs: number,
  ) {}

  /**
   * @param token what the client sent as its token: anything
   * @throws GatewayError GW_UNAUTHENTICATED, or GW_AUTH_UNAVAILABLE when it can't be decided now
   */
  async admit(token: unknown): Promise<Caller> {
    const credential = bearerOf(token);
    const verdict = await this.authenticator.authenticate(credential, this.timeoutMs);
    if (verdict.outcome === 'valid') return { principal: verdict.principal, credential };
    if (verdict.outcome === 'undecidable') throw new GatewayError('GW_AUTH_UNAVAILABLE', { cause: verdict.why });
    // Why it isn't valid is for the log: it would help only whoever forges one.
    throw new GatewayError('GW_UNAUTHENTICATED', { detail: 'the token is not valid', cause: verdict.reason });
  }

  /** Looks at a caller's credential again. */
  async recheck({ credential }: Caller): Promise<Authentication['outcome']> {
    const verdict = await this.authenticator.authenticate(credential, this.timeoutMs);
    return verdict.outcome;
  }
}

function bearerOf(token: unknown): Credential {
  if (typeof token !== 'string' || token === '')
    throw new GatewayError('GW_UNAUTHENTICATED', { detail: 'auth.token is required' });
  const reading = readCredential({ authorization: `Bearer ${token}` });
  if (reading.found !== 'credential')
    throw new GatewayError('GW_UNAUTHENTICATED', { detail: 'the token is not valid' });
  return reading.credential;
}
