import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { experimental } from '@grpc/grpc-js';
import type { Clock, Timer } from '@gateway/clock';

/** A certificate, its key, and the CA that everyone's chain to. */
interface Pair {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
}

const REFRESH_MS = 1_000;

/**
 * An identity folder (cert.pem, key.pem, ca.pem) as grpc-js wants certificates. It is looked at once a second while it is
 * used; a pair that is broken, or half written, never replaces one that works.
 */
export class FolderCertificates implements experimental.CertificateProvider {
  readonly #caListeners = new Set<experimental.CaCertificateUpdateListener>();
  readonly #identityListeners = new Set<experimental.IdentityCertificateUpdateListener>();
  #pair: Pair;
  #timer: Timer | null = null;

  /** @throws Error when the folder can't be used */
  constructor(
    private readonly folder: string,
    private readonly clock: Clock,
  ) {
    this.#pair = readPair(folder);
  }

  addCaCertificateListener(listener: experimental.CaCertificateUpdateListener): void {
    this.#caListeners.add(listener);
    this.#follow();
    // Not at once: grpc-js adds its listener before it is ready to pass the first value on.
    process.nextTick(() => listener({ caCertificate: this.#pair.ca }));
  }

  removeCaCertificateListener(listener: experimental.CaCertificateUpdateListener): void {
    this.#caListeners.delete(listener);
    this.#follow();
  }

  addIdentityCertificateListener(listener: experimental.IdentityCertificateUpdateListener): void {
    this.#identityListeners.add(listener);
    this.#follow();
    process.nextTick(() => listener({ certificate: this.#pair.cert, privateKey: this.#pair.key }));
  }

  removeIdentityCertificateListener(listener: experimental.IdentityCertificateUpdateListener): void {
    this.#identityListeners.delete(listener);
    this.#follow();
  }

  #follow(): void {
    const isUsed = this.#caListeners.size + this.#identityListeners.size > 0;
    if (isUsed) this.#timer ??= this.clock.every(REFRESH_MS, () => this.#look());
    else {
      this.#timer?.cancel();
      this.#timer = null;
    }
  }

  #look(): void {
    let pair: Pair;
    try {
      pair = readPair(this.folder);
    } catch {
      return;
    }
    const { cert, key, ca } = this.#pair;
    if (pair.cert.equals(cert) && pair.key.equals(key) && pair.ca.equals(ca)) return;
    this.#pair = pair;
    for (const listener of this.#caListeners) listener({ caCertificate: pair.ca });
    for (const listener of this.#identityListeners) listener({ certificate: pair.cert, privateKey: pair.key });
  }
}

/** @throws Error that names the folder */
function readPair(folder: string): Pair {
  try {
    const read = (name: string): Buffer => readFileSync(join(folder, `${name}.pem`));
    const pair = { cert: read('cert'), key: read('key'), ca: read('ca') };
    // Throws when key and certificate don't belong together.
    createSecureContext(pair);
    return pair;
  } catch (error) {
    throw new Error(`the identity in ${folder} can't be used: ${(error as Error).message}`, { cause: error });
  }
}
