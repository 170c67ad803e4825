import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT, exportJWK, generateKeyPair, type CryptoKey } from 'jose';
import { systemClock } from '@gateway/clock';
import { startService, type RunningService } from '@gateway/platform';
import { silentLogger } from '@gateway/telemetry';
import { createAuthority, startRedis, type Authority, type TestRedis } from '@gateway/testing';
import { wsNodeModule } from './app.module';
import { wsNodeConfig, type WsNodeConfig } from './config';

const ISSUER = 'https://issuer.test';
const AUDIENCE = 'gateway';

/** What a token says. */
export interface TokenClaims {
  readonly scopes?: readonly string[];
  readonly sessionId?: string;
  /** Seconds from now. */
  readonly life?: number;
}

/** A node that runs in this process. */
export interface RunningNode {
  readonly service: RunningService<WsNodeConfig>;
  readonly url: string;
  readonly grpcPort: number;
  adminUrl(path: string): string;
  admin(path: string): Promise<Record<string, unknown>>;
  stop(): Promise<unknown>;
}

/** Redis, certificates and a token issuer, for nodes that are started on them. */
export class TestPlatform {
  private readonly nodes: RunningNode[] = [];

  private constructor(
    private readonly folder: string,
    readonly authority: Authority,
    readonly redis: TestRedis,
    private readonly keys: { readonly privateKey: CryptoKey; readonly jwks: object },
  ) {}

  static async start(): Promise<TestPlatform> {
    const folder = mkdtempSync(join(tmpdir(), 'ws-node-'));
    const authority = await createAuthority(folder);
    await authority.issue('ws-node');
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' }] };
    return new TestPlatform(folder, authority, await startRedis({ authority }), { privateKey, jwks });
  }

  /** PEM of the authority's certificate. */
  get ca(): string {
    return readFileSync(this.authority.caFile, 'utf8');
  }

  /** The folder of an identity, made when it is new. */
  identity(name: string): Promise<string> {
    return this.authority.issue(name);
  }

  token(subject: string, { scopes = [], sessionId = `s-${subject}`, life = 600 }: TokenClaims = {}): Promise<string> {
    return new SignJWT({ scope: scopes.join(' '), sid: sessionId })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime(Math.floor(systemClock.now() / 1000) + life)
      .sign(this.keys.privateKey);
  }

  async startNode(env: Record<string, string> = {}): Promise<RunningNode> {
    const issuer = { issuer: ISSUER, audience: AUDIENCE, jwks: this.keys.jwks, clockSkewSeconds: 0 };
    const service = await startService(
      { name: 'ws-node', config: wsNodeConfig, module: wsNodeModule },
      {
        GATEWAY_IDENTITY_DIR: join(this.folder, 'ws-node'),
        GATEWAY_REDIS_URL: this.redis.url,
        GATEWAY_REDIS_CA_FILE: this.redis.caFile,
        GATEWAY_ISSUERS: JSON.stringify([issuer]),
        GATEWAY_DRAIN_DELAY: '0ms',
        WSNODE_PORT: '0',
        WSNODE_GRPC_PORT: '0',
        WSNODE_ADMIN_PORT: '0',
        WSNODE_DRAIN_PERIOD: '200ms',
        ...env,
      },
      { logger: silentLogger() },
    );
    const node = await this.describe(service);
    this.nodes.push(node);
    return node;
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    await this.redis.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async describe(service: RunningService<WsNodeConfig>): Promise<RunningNode> {
    const adminUrl = (path: string): string => `http://127.0.0.1:${service.admin.port}${path}`;
    const admin = async (path: string): Promise<Record<string, unknown>> =>
      (await (await fetch(adminUrl(path))).json()) as Record<string, unknown>;
    const info = await admin('/info');
    const portOf = (name: string): number => Number(String(info[name]).split(':').at(-1));
    const scheme = service.service.identity === null ? 'http' : 'https';
    let stopping: Promise<unknown> | undefined;
    return {
      service,
      url: `${scheme}://localhost:${portOf('sockets')}`,
      grpcPort: info['grpc'] === undefined ? 0 : portOf('grpc'),
      adminUrl,
      admin,
      stop: () => (stopping ??= service.stop()),
    };
  }
}
