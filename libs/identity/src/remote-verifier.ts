import { timestampMs, type Timestamp } from '@bufbuild/protobuf/wkt';
import type { Clock } from '@gateway/clock';
import { authV1 } from '@gateway/contracts';
import { status, type Client, type ServiceError } from '@grpc/grpc-js';
import {
  invalid,
  undecidable,
  type Authentication,
  type CredentialVerifier,
  type PermissionQuestion,
  type Undecidable,
} from './authentication';
import type { PermissionAnswer, PermissionSource } from './caching-permissions';
import { callUnary } from './grpc-call';
import type { CredentialKind } from './principal';

const { AuthProxyService, CredentialKind: Kind } = authV1;
const KINDS: Record<CredentialKind, authV1.CredentialKind> = { bearer: Kind.BEARER, 'api-key': Kind.API_KEY };

/** Milliseconds since the epoch; Infinity when the message doesn't say. */
const endOf = (time: Timestamp | undefined): number => (time === undefined ? Infinity : timestampMs(time));

const failed = ({ code, details }: ServiceError): Undecidable => undecidable(`auth-proxy: ${status[code]}: ${details}`);

/** Has credentials of one kind verified by an auth-proxy. Only its UNAUTHENTICATED means invalid. */
export class RemoteVerifier implements CredentialVerifier {
  constructor(
    private readonly client: Client,
    private readonly kind: CredentialKind,
    private readonly clock: Clock,
  ) {}

  async verify(value: string, timeoutMs: number): Promise<Authentication> {
    const request = { kind: KINDS[this.kind], credential: value };
    try {
      const deadline = this.clock.now() + timeoutMs;
      return this.verdictOf(await callUnary(this.client, AuthProxyService.method.authenticate, request, deadline));
    } catch (error) {
      const failure = error as ServiceError;
      return failure.code === status.UNAUTHENTICATED ? invalid('refused') : failed(failure);
    }
  }

  private verdictOf({ principal, expiresAt, validUntil }: authV1.AuthenticateResponse): Authentication {
    if (principal === undefined) return undecidable('auth-proxy: an answer without a principal');
    const { subject, issuer, sessionId, scopes } = principal;
    return {
      outcome: 'valid',
      principal: { subject, issuer, sessionId, scopes, kind: this.kind, expiresAt: endOf(expiresAt) },
      validUntil: endOf(validUntil),
    };
  }
}

/** Asks an auth-proxy about permissions. */
export class RemotePermissions implements PermissionSource {
  constructor(
    private readonly client: Client,
    private readonly clock: Clock,
  ) {}

  async check(question: PermissionQuestion, timeoutMs: number): Promise<PermissionAnswer> {
    try {
      const deadline = this.clock.now() + timeoutMs;
      const answer = await callUnary(this.client, AuthProxyService.method.checkPermission, question, deadline);
      return { outcome: answer.allowed ? 'allowed' : 'denied', validUntil: endOf(answer.validUntil) };
    } catch (error) {
      return failed(error as ServiceError);
    }
  }
}
