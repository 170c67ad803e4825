import { type ConnectionOptions, createSecureContext, type SecureContext } from 'node:tls';
import type { Identity } from '@gateway/mtls';

/**
 * TLS options of probes' connections. Reading certificate and key costs as much as the rest of a handshake, so it is done
 * once for all connections, until the identity rotates.
 */
export class ProbeTls {
  #known: { readonly cert: ConnectionOptions['cert']; readonly context: SecureContext } | null = null;

  constructor(private readonly identity: Pick<Identity, 'tlsClientOptions'>) {}

  /** @param owner the SPIFFE id that must answer */
  optionsFor(owner: string): ConnectionOptions {
    const { cert, key, ca, checkServerIdentity } = this.identity.tlsClientOptions({ expect: owner });
    if (this.#known?.cert !== cert) this.#known = { cert, context: createSecureContext({ cert, key, ca }) };
    return { secureContext: this.#known!.context, checkServerIdentity };
  }
}
