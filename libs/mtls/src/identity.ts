import type { ChannelCredentials, ServerCredentials } from '@grpc/grpc-js';
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { systemClock, type Clock } from '@gateway/clock';
import { GrpcCredentials } from './grpc-credentials';
import { IdentityError, fingerprintOf, readPair, type Pair } from './pair';
import { expectServer } from './peer';

/** Whether a TLS listener asks clients for a certificate. With `optional`, `peerOfSocket` says who showed a good one. */
export type ClientCert = 'required' | 'optional' | 'none';

/** A TLS server, or an https or http2 one. */
export interface SecureContextHolder {
  setSecureContext(options: { key: string; cert: string; ca: string }): void;
}

/** Options of `loadIdentity`. */
export interface IdentityOptions {
  readonly clock?: Clock;
  /** How often the folder is looked at, in milliseconds; 1000 when not given, 0 for never. */
  readonly pollMs?: number;
  /** Called after a new pair is in use. */
  readonly onReload?: () => void;
  /** Called when the folder can't be used any more (why), and when it can again (null). The old pair stays in use. */
  readonly onProblem?: (why: string | null) => void;
}

/**
 * Who this service is: a certificate and key with the CA that everyone's chain to. The folder is watched; a new pair is
 * checked before it replaces the old one, and a broken one never does.
 */
export interface Identity {
  readonly spiffeId: string;
  /** The last segment of the SPIFFE id. */
  readonly name: string;
  /** PEM of the pair in use. */
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  /** When the certificate in use expires, in milliseconds since the Unix epoch. */
  readonly expiresAt: number;
  /** Why the folder's present content isn't in use; null when it is. */
  readonly problem: string | null;
  /** Calls back after each reload. @returns a function that ends it */
  onReload(listener: () => void): () => void;
  /** Options of a TLS, https or http2 server. Give the server to `keepFresh` so that it follows reloads. */
  tlsServerOptions(options: { clientCert: ClientCert }): TlsOptions;
  /** Has the server use each new pair for its next handshakes. @returns a function that ends it */
  keepFresh(server: SecureContextHolder): () => void;
  /** Options of a TLS client that accepts only the server whose SPIFFE id is `expect`. Ask anew for each connection. */
  tlsClientOptions(options: { expect: string }): ConnectionOptions;
  /** Mutual TLS for a gRPC server; follows reloads. */
  grpcServerCredentials(): ServerCredentials;
  /** Mutual TLS for gRPC channels to the server whose SPIFFE id is `expect`; new connections follow reloads. */
  grpcClientCredentials(options: { expect: string }): ChannelCredentials;
  /** Ends watching. */
  close(): void;
}

const POLL_MS = 1_000;

/**
 * Loads an identity folder (cert.pem, key.pem, ca.pem) and watches it.
 * @throws IdentityError when it can't be used
 */
export const loadIdentity = (dir: string, options: IdentityOptions = {}): Identity => new WatchedIdentity(dir, options);

class WatchedIdentity implements Identity {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  readonly #grpc = new GrpcCredentials({ current: () => this.#pair, onReload: (listener) => this.onReload(listener) });
  readonly close: () => void;
  #pair: Pair;
  #fingerprint: string;
  #problem: string | null = null;

  constructor(
    private readonly dir: string,
    private readonly options: IdentityOptions,
  ) {
    this.#clock = options.clock ?? systemClock;
    // Taken before reading: a file that changes meanwhile is seen by the next look.
    this.#fingerprint = fingerprintOf(dir);
    this.#pair = readPair(dir, this.#clock.now());
    // Polling, because a folder mounted by Kubernetes changes by swapping a symlink, which fs.watch may miss.
    const { pollMs = POLL_MS } = options;
    const timer = pollMs > 0 ? this.#clock.every(pollMs, () => this.#look()) : null;
    this.close = () => timer?.cancel();
  }

  get spiffeId(): string {
    return this.#pair.spiffeId;
  }
  get name(): string {
    return this.#pair.name;
  }
  get cert(): string {
    return this.#pair.cert;
  }
  get key(): string {
    return this.#pair.key;
  }
  get ca(): string {
    return this.#pair.ca;
  }
  get expiresAt(): number {
    return this.#pair.expiresAt;
  }
  get problem(): string | null {
    return this.#problem;
  }

  onReload(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tlsServerOptions({ clientCert }: { clientCert: ClientCert }): TlsOptions {
    const { cert, key, ca } = this.#pair;
    return { cert, key, ca, requestCert: clientCert !== 'none', rejectUnauthorized: clientCert === 'required' };
  }

  keepFresh(server: SecureContextHolder): () => void {
    return this.onReload(() => {
      const { cert, key, ca } = this.#pair;
      server.setSecureContext({ cert, key, ca });
    });
  }

  tlsClientOptions({ expect }: { expect: string }): ConnectionOptions {
    const { cert, key, ca } = this.#pair;
    return { cert, key, ca, checkServerIdentity: expectServer(expect) };
  }

  grpcServerCredentials(): ServerCredentials {
    return this.#grpc.server();
  }

  grpcClientCredentials({ expect }: { expect: string }): ChannelCredentials {
    return this.#grpc.client(expect);
  }

  #look(): void {
    const fingerprint = fingerprintOf(this.dir);
    const expired = this.#clock.now() > this.#pair.expiresAt;
    // A bad folder is read again each time: a certificate that wasn't valid yet becomes so without a change.
    if (fingerprint === this.#fingerprint && this.#problem === null && !expired) return;
    this.#fingerprint = fingerprint;
    this.#reload();
  }

  #reload(): void {
    try {
      const next = readPair(this.dir, this.#clock.now());
      // Another name would be another service: that takes a restart, on purpose.
      if (next.spiffeId !== this.spiffeId)
        throw new IdentityError(`cert.pem is ${next.spiffeId}'s, not ${this.spiffeId}'s`);
      this.#pair = next;
    } catch (error) {
      this.#report((error as Error).message);
      return;
    }
    this.#report(null);
    for (const listener of this.#listeners) listener();
    this.options.onReload?.();
  }

  #report(problem: string | null): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.options.onProblem?.(problem);
  }
}
