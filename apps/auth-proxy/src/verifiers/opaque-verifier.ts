import { timestampMs } from '@bufbuild/protobuf/wkt';
import { invalid, isIdentifier, undecidable, type Authentication, type CredentialVerifier } from '@gateway/identity';
import type { AuthServiceClient } from '../auth-service/auth-service-client';
import type { ValidateTokenResponse } from '../gen/auth/v1/auth_service_pb';

/** Tokens without structure: only the Auth service knows whose they are. */
export class OpaqueVerifier implements CredentialVerifier {
  /** @param issuer what principals get whose token names no issuer */
  constructor(
    private readonly authService: Pick<AuthServiceClient, 'validateToken'>,
    private readonly issuer: string,
  ) {}

  async verify(value: string, timeoutMs: number): Promise<Authentication> {
    try {
      return this.verdictOf(await this.authService.validateToken(value, timeoutMs));
    } catch (error) {
      return undecidable(`the Auth service: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private verdictOf({ valid, subject, sessionId, scopes, issuer, expiresAt }: ValidateTokenResponse): Authentication {
    if (!valid) return invalid('refused');
    // Both become headers of other services' requests.
    if (!isIdentifier(subject) || (sessionId !== '' && !isIdentifier(sessionId))) return invalid('claims');
    const end = expiresAt === undefined ? Infinity : timestampMs(expiresAt);
    const named = issuer === '' ? this.issuer : issuer;
    return {
      outcome: 'valid',
      principal: { subject, issuer: named, sessionId, scopes, kind: 'bearer', expiresAt: end },
      validUntil: end,
    };
  }
}
