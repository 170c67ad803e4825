import type { Clock } from '@gateway/clock';
import { Client, type ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import type { Authenticator, PermissionChecker } from './authentication';
import { CachingAuthenticator, type VerdictLimits } from './caching-authenticator';
import { CachingPermissions, type PermissionLimits } from './caching-permissions';
import { RemotePermissions, RemoteVerifier } from './remote-verifier';
import { RevocationFeed, type FeedState } from './revocation-feed';
import { RevocationSet } from './revocations';

/** How an auth-proxy is reached, and what is remembered of its verdicts. */
export interface AuthClientOptions {
  /** A gRPC target, such as `localhost:7500`. */
  readonly address: string;
  /** Of the caller's own identity, expecting auth-proxy's: `identity.grpcClientCredentials({ expect })`. */
  readonly credentials: ChannelCredentials;
  readonly clock: Clock;
  /** Hears when the revocation stream is in step, and when it is lost. */
  readonly onState?: (state: FeedState) => void;
  readonly verdicts?: Partial<VerdictLimits>;
  readonly permissions?: Partial<PermissionLimits>;
  readonly channel?: ChannelOptions;
}

/** An auth-proxy's consumer: asks it what isn't known yet, and follows its revocations. */
export interface AuthClient extends Authenticator, PermissionChecker {
  /** `connecting` until every revocation in force has been heard, and again when the stream is lost. */
  readonly state: FeedState;
  /** Forgets permission verdicts of a subject, or of everybody. */
  invalidatePermissions(subject?: string): void;
  /** Ends the stream and the connection. */
  close(): void;
}

/** grpc-js waits up to two minutes between attempts, but a restarted auth-proxy must be used within 2 s. */
const CHANNEL: ChannelOptions = {
  // Node refuses an IP address as TLS server name. Who the server must be is for the credentials to check.
  'grpc.ssl_target_name_override': 'auth-proxy',
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 5_000,
};

/** Connects to an auth-proxy. Never fails: while it can't be reached, what isn't known is `undecidable`. */
export function createAuthClient(options: AuthClientOptions): AuthClient {
  const { address, credentials, clock, onState } = options;
  const client = new Client(address, credentials, { ...CHANNEL, ...options.channel });
  const revocations = new RevocationSet(clock);
  const verifiers = {
    bearer: new RemoteVerifier(client, 'bearer', clock),
    'api-key': new RemoteVerifier(client, 'api-key', clock),
  };
  const authenticator = new CachingAuthenticator(verifiers, revocations, clock, options.verdicts);
  const permissions = new CachingPermissions(new RemotePermissions(client, clock), clock, options.permissions);
  let state: FeedState = 'connecting';
  const feed = new RevocationFeed(client, clock, {
    revoked: (sessionId, until) => authenticator.revoke(sessionId, until),
    state(next) {
      if (next === state) return;
      state = next;
      onState?.(next);
    },
  });
  feed.open();
  return {
    get state() {
      return state;
    },
    authenticate: (credential, timeoutMs) => authenticator.authenticate(credential, timeoutMs),
    revoke: (sessionId, until) => authenticator.revoke(sessionId, until),
    checkPermission: (question, timeoutMs) => permissions.checkPermission(question, timeoutMs),
    invalidatePermissions: (subject) => permissions.invalidate(subject),
    close() {
      feed.close();
      client.close();
    },
  };
}
