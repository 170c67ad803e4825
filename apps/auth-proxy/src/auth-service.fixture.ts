import { systemClock } from '@gateway/clock';
import { adminFields, defineConfig, platformFields } from '@gateway/config';
import { GatewayError } from '@gateway/errors';
import { GrpcHandler, grpcListener, startService, type GrpcListener, type RunningService } from '@gateway/platform';
import { Controller } from '@nestjs/common';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import { AuthService, type CheckPermissionRequest, type ValidateTokenRequest } from './gen/auth/v1/auth_service_pb';

const { method } = AuthService;
const ISSUER = 'https://auth.gateway.local';

/** What the Auth service of a test knows and was asked. */
class State {
  jwks: JWK[] = [];
  readonly calls: string[] = [];
  /** `subject permission resource` */
  readonly granted = new Set<string>();
  /** Opaque tokens and their subjects. */
  readonly opaque = new Map<string, string>();
  failing = false;

  called(name: string): void {
    this.calls.push(name);
    if (this.failing) throw new GatewayError('GW_INTERNAL');
  }
}

@Controller()
class AuthServiceController {
  constructor(private readonly state: State) {}

  @GrpcHandler(method.getJwks)
  getJwks() {
    this.state.called('GetJwks');
    return { jwks: JSON.stringify({ keys: this.state.jwks }) };
  }

  @GrpcHandler(method.validateToken)
  validateToken({ token }: ValidateTokenRequest) {
    this.state.called('ValidateToken');
    const subject = this.state.opaque.get(token);
    return { valid: subject !== undefined, subject: subject ?? '', scopes: ['read'] };
  }

  @GrpcHandler(method.checkPermission)
  checkPermission({ subject, permission, resource }: CheckPermissionRequest) {
    this.state.called('CheckPermission');
    return { allowed: this.state.granted.has(`${subject} ${permission} ${resource}`) };
  }
}

/** An Auth service over real mutual TLS, which a test stops, starts and changes. */
export interface TestAuthService {
  readonly port: number;
  readonly state: State;
  readonly listener: GrpcListener;
  /** A token that it signs now. */
  issue(claims?: JWTPayload, by?: CryptoKey): Promise<string>;
  /** Signs with a new key from now on, and publishes only that. */
  rotate(kid: string): Promise<void>;
  end(): Promise<unknown>;
}

/** @param identityDir whose certificate it shows */
export async function startAuthService(identityDir: string): Promise<TestAuthService> {
  const state = new State();
  let listener: GrpcListener | undefined;
  let key: { kid: string; privateKey: CryptoKey };
  const fields = { ...platformFields, ...adminFields('AUTH_', 0) };
  const running: RunningService = await startService(
    {
      name: 'auth-service',
      config: defineConfig({ app: 'auth-service', prefix: 'AUTH_', fields }),
      module: (service) => {
        listener = grpcListener(service, {
          address: { host: '127.0.0.1', port: 0 },
          services: [{ desc: AuthService, allow: ['auth-proxy'] }],
        });
        return {
          module: class AuthServiceModule {},
          controllers: [AuthServiceController],
          providers: [{ provide: State, useValue: state }],
        };
      },
    },
    { GATEWAY_LOG_LEVEL: 'silent', GATEWAY_DRAIN_DELAY: '0ms', GATEWAY_IDENTITY_DIR: identityDir },
  );
  const rotate = async (kid: string): Promise<void> => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    key = { kid, privateKey };
    state.jwks = [{ ...(await exportJWK(publicKey)), kid }];
  };
  await rotate('k1');
  return {
    port: listener!.address.port,
    state,
    listener: listener!,
    rotate,
    issue(claims = {}, by = key.privateKey) {
      const now = Math.floor(systemClock.now() / 1000);
      const payload = { iss: ISSUER, aud: 'gateway', sub: 'u-1', sid: 's-1', scope: 'read', iat: now, exp: now + 600 };
      return new SignJWT({ ...payload, ...claims }).setProtectedHeader({ alg: 'ES256', kid: key.kid }).sign(by);
    },
    end: () => running.stop(),
  };
}
