import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { status } from '@grpc/grpc-js';
import { systemClock } from '@gateway/clock';
import { authV1 } from '@gateway/contracts';
import { serveGrpc, type FixtureStream, type GrpcFixture } from './grpc.fixture';

const LIFE_MS = 600_000;

/** An auth-proxy played by a test: a token is `<subject>.<session>`, permissions are granted by hand. */
export class AuthProxyFixture {
  /** `<subject> <permission> <resource>`. */
  readonly granted = new Set<string>();
  readonly asked: string[] = [];
  private readonly revoked = new Set<string>();
  private readonly streams = new Set<FixtureStream>();
  private served!: GrpcFixture;

  static async start(identityDir: string): Promise<AuthProxyFixture> {
    const fixture = new AuthProxyFixture();
    fixture.served = await serveGrpc(authV1.AuthProxyService, identityDir, {
      authenticate: (request: authV1.AuthenticateRequest) => fixture.authenticate(request),
      checkPermission: (request: authV1.CheckPermissionRequest) => fixture.check(request),
      watchRevocations: (_request: never, call) => fixture.watch(call),
    });
    return fixture;
  }

  get address(): string {
    return this.served.address;
  }

  /** Ends a session the way that only an auth-proxy knows of. */
  revoke(sessionId: string): void {
    this.revoked.add(sessionId);
    for (const stream of this.streams) stream.write({ sessionId, until: this.soon() });
  }

  stop(): void {
    this.served.stop();
  }

  private authenticate({ credential }: authV1.AuthenticateRequest): object {
    const [subject = '', sessionId = ''] = credential.split('.');
    if (subject === 'nobody' || this.revoked.has(sessionId)) throw { code: status.UNAUTHENTICATED };
    if (subject === 'limbo') throw { code: status.UNAVAILABLE };
    const principal = { subject, issuer: 'fixture', sessionId, scopes: [] };
    return { principal, validUntil: this.soon(), expiresAt: this.soon() };
  }

  private check({ subject, permission, resource }: authV1.CheckPermissionRequest): object {
    this.asked.push(`${subject} ${permission} ${resource}`);
    if (resource === 'limbo') throw { code: status.UNAVAILABLE };
    return { allowed: this.granted.has(`${subject} ${permission} ${resource}`), validUntil: this.soon() };
  }

  private watch(call: FixtureStream): void {
    this.streams.add(call);
    call.on('close', () => this.streams.delete(call));
    for (const sessionId of this.revoked) call.write({ sessionId, until: this.soon() });
    call.write({ synced: true });
  }

  private soon() {
    return timestampFromMs(systemClock.now() + LIFE_MS);
  }
}
