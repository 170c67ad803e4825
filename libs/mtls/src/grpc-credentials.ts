import { experimental, type ChannelCredentials, type ServerCredentials } from '@grpc/grpc-js';
import { expectServer } from './peer';
import type { Pair } from './pair';
import { serviceNameOf } from './spiffe';

/** What the credentials need of an identity. */
export interface PairSource {
  current(): Pair;
  /** Calls back after each change. @returns a function that ends it */
  onReload(listener: () => void): () => void;
}

/** One kind of listener of a certificate provider, told the current value and every new one. */
function listeners<U>(source: PairSource, updateOf: (pair: Pair) => U) {
  const ends = new Map<(update: U) => void, () => void>();
  return {
    add(listener: (update: U) => void): void {
      const tell = (): void => listener(updateOf(source.current()));
      ends.set(listener, source.onReload(tell));
      // Not at once: grpc-js adds its listener before it is ready to pass the first value on.
      process.nextTick(tell);
    },
    remove(listener: (update: U) => void): void {
      ends.get(listener)?.();
      ends.delete(listener);
    },
  };
}

function certificateProvider(source: PairSource): experimental.CertificateProvider {
  const ca = listeners<experimental.CaCertificateUpdate>(source, (pair) => ({ caCertificate: Buffer.from(pair.ca) }));
  const identity = listeners<experimental.IdentityCertificateUpdate>(source, (pair) => ({
    certificate: Buffer.from(pair.cert),
    privateKey: Buffer.from(pair.key),
  }));
  return {
    addCaCertificateListener: (listener) => ca.add(listener),
    removeCaCertificateListener: (listener) => ca.remove(listener),
    addIdentityCertificateListener: (listener) => identity.add(listener),
    removeIdentityCertificateListener: (listener) => identity.remove(listener),
  };
}

/** gRPC credentials that follow the identity: a new pair is used for the next connection, existing ones stay. */
export class GrpcCredentials {
  readonly #provider: experimental.CertificateProvider;
  /** By expected server: grpc-js shares connections only between equal credentials. */
  readonly #clients = new Map<string, ChannelCredentials>();

  constructor(source: PairSource) {
    this.#provider = certificateProvider(source);
  }

  /** Mutual TLS: a client without a certificate of our CA is refused in the handshake. */
  server(): ServerCredentials {
    return experimental.createCertificateProviderServerCredentials(this.#provider, this.#provider, true);
  }

  /** @param expect the SPIFFE id that the server must have */
  client(expect: string): ChannelCredentials {
    const known = this.#clients.get(expect);
    if (known) return known;
    const made = experimental.createCertificateProviderChannelCredentials(this.#provider, this.#provider, {
      checkServerIdentity: expectServer(expect),
    });
    nameServer(made, serviceNameOf(expect));
    this.#clients.set(expect, made);
    return made;
  }
}

/**
 * Has the credentials' connections ask for `name` in the handshake (SNI). grpc-js asks for the target's host, which Node
 * refuses when that is an IP address; and whom we expect is the service, wherever it runs.
 */
function nameServer(credentials: ChannelCredentials, name: string): void {
  const connect = credentials._createSecureConnector.bind(credentials);
  credentials._createSecureConnector = (target, options, callCredentials) =>
    connect(target, { ...options, 'grpc.ssl_target_name_override': name }, callCredentials);
}
