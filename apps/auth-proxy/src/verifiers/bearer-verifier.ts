import { peekToken, type Authentication, type CredentialVerifier } from '@gateway/identity';

/** Bearer tokens: those with the shape of a JWT are verified here, the others are asked about. */
export class BearerVerifier implements CredentialVerifier {
  constructor(
    private readonly jwt: CredentialVerifier,
    private readonly opaque: CredentialVerifier,
  ) {}

  verify(value: string, timeoutMs: number): Promise<Authentication> {
    const verifier = peekToken(value) === null ? this.opaque : this.jwt;
    return verifier.verify(value, timeoutMs);
  }
}
