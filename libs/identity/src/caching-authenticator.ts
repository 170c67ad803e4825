import { hash } from 'node:crypto';
import type { Clock } from '@gateway/clock';
import {
  invalid,
  undecidable,
  type Authentication,
  type Authenticator,
  type CredentialVerifier,
  type Invalid,
  type Valid,
} from './authentication';
import { ExpiringCache } from './expiring-cache';
import type { Credential, CredentialKind } from './principal';
import type { RevocationSet } from './revocations';
import { SingleFlight, within } from './single-flight';

/** Bounds of what an authenticator remembers. */
export interface VerdictLimits {
  /** Longest reuse of a good verdict, in ms. It ends earlier when the credential does. */
  readonly validMs: number;
  /** Reuse of a bad verdict, in ms: short, because a key may be published a moment after its first token. */
  readonly invalidMs: number;
  /** How many good and how many bad verdicts are kept. Apart, so that a flood of garbage can't push out the good ones. */
  readonly entries: number;
  /** How long a verification that several callers wait for may take, in ms. */
  readonly callMs: number;
  /** How long a revoked session is remembered when nobody says until when, in ms: the longest life of a token. */
  readonly tokenLifeMs: number;
}

/** The defaults of `VerdictLimits`. */
export const VERDICT_LIMITS: VerdictLimits = {
  validMs: 60_000,
  invalidMs: 3_000,
  entries: 50_000,
  callMs: 3_000,
  tokenLifeMs: 24 * 3_600_000,
};

const TOO_SLOW = undecidable('the verification took too long');
const UNSUPPORTED = invalid('unsupported');
const REVOKED = invalid('revoked');

/** An authenticator over verifiers: remembers verdicts by a hash of the credential, never the credential itself. */
export class CachingAuthenticator implements Authenticator {
  private readonly limits: VerdictLimits;
  private readonly valid: ExpiringCache<Valid>;
  private readonly invalid: ExpiringCache<Invalid>;
  private readonly flights = new SingleFlight<Authentication>();

  /** @param verifiers one per kind of credential; a kind without one is `unsupported` */
  constructor(
    private readonly verifiers: Readonly<Partial<Record<CredentialKind, CredentialVerifier>>>,
    private readonly revocations: RevocationSet,
    private readonly clock: Clock,
    limits: Partial<VerdictLimits> = {},
  ) {
    this.limits = { ...VERDICT_LIMITS, ...limits };
    this.valid = new ExpiringCache(this.limits.entries, clock);
    this.invalid = new ExpiringCache(this.limits.entries, clock);
  }

  authenticate(credential: Credential, timeoutMs: number): Authentication | Promise<Authentication> {
    const verifier = this.verifiers[credential.kind];
    if (verifier === undefined) return UNSUPPORTED;
    const key = hash('sha256', `${credential.kind} ${credential.value}`, 'base64');
    const known = this.valid.get(key) ?? this.invalid.get(key);
    if (known !== undefined) return this.unlessRevoked(known);
    const flight = this.flights.run(key, () => this.verify(verifier, credential.value, key));
    return within(this.clock, timeoutMs, flight, TOO_SLOW).then((verdict) => this.unlessRevoked(verdict));
  }

  revoke(sessionId: string, until: number = this.clock.now() + this.limits.tokenLifeMs): void {
    this.revocations.revoke(sessionId, until);
  }

  private async verify(verifier: CredentialVerifier, value: string, key: string): Promise<Authentication> {
    const verdict = await verifier.verify(value, this.limits.callMs);
    const now = this.clock.now();
    if (verdict.outcome === 'invalid') this.invalid.set(key, verdict, now + this.limits.invalidMs);
    if (verdict.outcome !== 'valid') return verdict;
    const validUntil = Math.min(verdict.validUntil, verdict.principal.expiresAt, now + this.limits.validMs);
    const bounded: Valid = { ...verdict, validUntil };
    this.valid.set(key, bounded, validUntil);
    return bounded;
  }

  private unlessRevoked(verdict: Authentication): Authentication {
    if (verdict.outcome !== 'valid') return verdict;
    return this.revocations.has(verdict.principal.sessionId) ? REVOKED : verdict;
  }
}
