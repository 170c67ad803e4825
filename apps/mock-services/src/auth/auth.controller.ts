import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { GatewayError } from '@gateway/errors';
import type { Principal } from '@gateway/identity';
import type { Metadata } from '@grpc/grpc-js';
import { Controller } from '@nestjs/common';
import { callerOf } from '../caller';
import { CallCounter } from '../calls/call-counter';
import { CountedHandler } from '../calls/counted-handler';
import { checkLength } from '../checks';
import {
  AuthService,
  type CheckPermissionRequest,
  type LoginRequest,
  type RefreshRequest,
  type ValidateTokenRequest,
} from '../gen/auth/v1/auth_service_pb';
import { PermissionStore } from '../permissions/permission-store';
import { Accounts, type Account } from './accounts';
import { Sessions, type OpenedSession } from './sessions';
import { Tokens } from './tokens';

const { method } = AuthService;
const MAX_EMAIL = 254;
const MAX_PASSWORD = 1024;

const unauthenticated = (detail: string): GatewayError => new GatewayError('GW_UNAUTHENTICATED', { detail });

/** The demonstration's Auth service. */
@Controller()
export class AuthController {
  constructor(
    readonly calls: CallCounter,
    private readonly accounts: Accounts,
    private readonly sessions: Sessions,
    private readonly tokens: Tokens,
    private readonly permissions: PermissionStore,
  ) {}

  @CountedHandler(method.login)
  async login({ email, password }: LoginRequest) {
    checkLength('/email', email, 1, MAX_EMAIL);
    checkLength('/password', password, 1, MAX_PASSWORD);
    const account = await this.accounts.login(email, password);
    if (account === null) throw unauthenticated('The e-mail address or the password is wrong');
    return this.grant(account, this.sessions.open(account.id));
  }

  @CountedHandler(method.refresh)
  async refresh({ refreshToken }: RefreshRequest) {
    const session = this.sessions.refresh(refreshToken);
    const account = session === null ? undefined : this.accounts.get(session.userId);
    if (session === null || account === undefined) throw unauthenticated('The refresh token is not in force');
    return this.grant(account, session);
  }

  @CountedHandler(method.logout)
  logout(_request: unknown, metadata: Metadata) {
    const { sessionId } = callerOf(metadata);
    if (sessionId !== '') this.sessions.end(sessionId);
    return {};
  }

  @CountedHandler(method.getUser)
  getUser(_request: unknown, metadata: Metadata) {
    const account = this.accounts.get(callerOf(metadata).userId);
    if (account === undefined) throw new GatewayError('GW_NOT_FOUND', { detail: 'There is no such user' });
    const { id, email, name } = account;
    return { id, email, name };
  }

  @CountedHandler(method.validateToken)
  async validateToken({ token }: ValidateTokenRequest) {
    const owner = this.accounts.byAccessToken(token);
    if (owner !== undefined) return { valid: true, subject: owner.id, scopes: [...owner.scopes] };
    const verdict = await this.tokens.verify(token);
    const good = verdict.outcome === 'valid' && !this.sessions.hasEnded(verdict.principal.sessionId);
    return good ? described(verdict.principal) : { valid: false };
  }

  @CountedHandler(method.checkPermission)
  checkPermission({ subject, permission, resource }: CheckPermissionRequest) {
    return { allowed: this.permissions.allowed(subject, permission, resource) };
  }

  @CountedHandler(method.getJwks)
  getJwks() {
    return { jwks: this.tokens.jwks };
  }

  private async grant(account: Account, { sessionId, refreshToken }: OpenedSession) {
    const accessToken = await this.tokens.issue(account, sessionId);
    return { accessToken, refreshToken, expiresIn: this.tokens.expiresIn };
  }
}

const described = ({ subject, sessionId, scopes, issuer, expiresAt }: Principal) => ({
  valid: true,
  subject,
  sessionId,
  scopes: [...scopes],
  issuer,
  expiresAt: timestampFromMs(expiresAt),
});
