import { undecidable, type PermissionAnswer, type PermissionQuestion, type PermissionSource } from '@gateway/identity';
import type { AuthServiceClient } from '../auth-service/auth-service-client';

/** Permissions as the Auth service knows them. How long an answer is reused is the cache's business. */
export class AuthServicePermissions implements PermissionSource {
  constructor(private readonly authService: Pick<AuthServiceClient, 'checkPermission'>) {}

  async check(question: PermissionQuestion, timeoutMs: number): Promise<PermissionAnswer> {
    try {
      const { allowed } = await this.authService.checkPermission(question, timeoutMs);
      return { outcome: allowed ? 'allowed' : 'denied', validUntil: Infinity };
    } catch (error) {
      return undecidable(`the Auth service: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
