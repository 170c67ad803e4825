import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Clock } from '@gateway/clock';
import { authV1 } from '@gateway/contracts';
import { GatewayError } from '@gateway/errors';
import {
  CachingAuthenticator,
  CachingPermissions,
  RevocationSet,
  type Authentication,
  type CredentialKind,
  type Undecidable,
  type Valid,
} from '@gateway/identity';
import { abortSignalOf, GrpcHandler, SERVICE, type CancellableCall, type Service } from '@gateway/platform';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import type { AuthProxyConfig } from '../config';
import { watchRevocations } from '../revocations/revocation-stream';
import { VerdictMetrics } from './verdict-metrics';

const { method } = authV1.AuthProxyService;
const { CredentialKind: Kind } = authV1;

const KIND_NAMES = new Map<authV1.CredentialKind, CredentialKind>([
  [Kind.BEARER, 'bearer'],
  [Kind.API_KEY, 'api-key'],
]);
const KINDS: Record<CredentialKind, authV1.CredentialKind> = { bearer: Kind.BEARER, 'api-key': Kind.API_KEY };

/** How long a call without a deadline of its own may take, in ms. */
const DEFAULT_TIMEOUT_MS = 3_000;

type DeadlineCall = Pick<ServerUnaryCall<unknown, unknown>, 'getDeadline'>;

/** The gRPC API: translates messages and outcomes, decides nothing. */
@Controller()
export class AuthProxyController {
  private readonly clock: Clock;

  constructor(
    @Inject(SERVICE) service: Service<AuthProxyConfig>,
    private readonly authenticator: CachingAuthenticator,
    private readonly permissions: CachingPermissions,
    private readonly revocations: RevocationSet,
    private readonly metrics: VerdictMetrics,
  ) {
    this.clock = service.clock;
  }

  @GrpcHandler(method.authenticate)
  async authenticate({ kind, credential: value }: authV1.AuthenticateRequest, _metadata: unknown, call: DeadlineCall) {
    const name = KIND_NAMES.get(kind);
    if (name === undefined) throw new GatewayError('GW_BAD_REQUEST', { detail: 'kind: is unknown' });
    const verdict = await this.authenticator.authenticate({ kind: name, value }, this.timeoutOf(call));
    this.metrics.authenticated(verdict);
    return describe(validOf(verdict));
  }

  @GrpcHandler(method.checkPermission)
  async checkPermission(question: authV1.CheckPermissionRequest, _metadata: unknown, call: DeadlineCall) {
    const { subject, permission, resource } = question;
    if (subject === '' || permission === '')
      throw new GatewayError('GW_BAD_REQUEST', { detail: 'subject and permission are required' });
    const answer = await this.permissions.checkPermission({ subject, permission, resource }, this.timeoutOf(call));
    this.metrics.permissionChecked(answer.outcome);
    if (answer.outcome === 'undecidable') throw unavailable(answer);
    return { allowed: answer.outcome === 'allowed', validUntil: timestampFromMs(answer.validUntil) };
  }

  @GrpcHandler(method.watchRevocations)
  watchRevocations(_request: unknown, _metadata: unknown, call: CancellableCall) {
    return watchRevocations(this.revocations, abortSignalOf(call));
  }

  private timeoutOf(call: DeadlineCall): number {
    const left = Number(call.getDeadline()) - this.clock.now();
    return Math.max(0, Math.min(left, DEFAULT_TIMEOUT_MS));
  }
}

const unavailable = ({ why }: Undecidable): GatewayError =>
  new GatewayError('GW_AUTH_UNAVAILABLE', { detail: why, cause: why });

/** @throws GatewayError GW_UNAUTHENTICATED, GW_AUTH_UNAVAILABLE */
function validOf(verdict: Authentication): Valid {
  if (verdict.outcome === 'undecidable') throw unavailable(verdict);
  if (verdict.outcome === 'valid') return verdict;
  throw new GatewayError('GW_UNAUTHENTICATED', { detail: `The credential is not valid: ${verdict.reason}` });
}

function describe({ principal, validUntil }: Valid) {
  const { subject, issuer, sessionId, scopes, kind, expiresAt } = principal;
  return {
    principal: { subject, issuer, sessionId, scopes: [...scopes], kind: KINDS[kind] },
    validUntil: timestampFromMs(validUntil),
    expiresAt: expiresAt === Infinity ? undefined : timestampFromMs(expiresAt),
  };
}
