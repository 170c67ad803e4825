import { registryV1 } from '@gateway/contracts';
import type { Identity } from '@gateway/mtls';
import { buildConnector, Client } from 'undici';
import type { Probe, ProbeTarget } from './checker';
import { ProbeTls } from './probe-tls';

/** An answer's body is read and dropped, so that the connection can be used again; a longer one isn't worth that. */
const MAX_BODY = 16 * 1024;
/** Longer than the longest interval: an idle connection is kept from one check to the next, if the server lets it. */
const KEEP_ALIVE_MS = 70_000;

/** Passes when a GET over mutual TLS is answered with a status below 400. Keeps one connection per instance. */
export class HttpProbe implements Probe {
  readonly #clients = new Map<string, Client>();

  readonly #tls: ProbeTls;

  constructor(identity: Pick<Identity, 'tlsClientOptions'>) {
    this.#tls = new ProbeTls(identity);
  }

  async check(target: ProbeTarget, signal: AbortSignal): Promise<void> {
    const { key } = target;
    let status: number;
    try {
      const { statusCode, body } = await this.#clientOf(target).request({ method: 'GET', path: target.target, signal });
      status = statusCode;
      await body.dump({ limit: MAX_BODY, signal });
    } catch (error) {
      // Dialled anew next time: what is wrong with a connection must not outlive it.
      this.forget(key);
      throw error;
    }
    if (status >= 400) throw new Error(`GET ${target.target} is answered with ${status}`);
  }

  forget(key: string): void {
    const client = this.#clients.get(key);
    this.#clients.delete(key);
    void client?.destroy();
  }

  close(): void {
    for (const key of [...this.#clients.keys()]) this.forget(key);
  }

  #clientOf({ key, address, owner, protocol }: ProbeTarget): Client {
    const known = this.#clients.get(key);
    if (known) return known;
    const allowH2 = protocol !== registryV1.Protocol.HTTP1;
    const made = new Client(`https://${address}`, {
      // Asked for each connection: certificates rotate.
      connect: (options, callback) => buildConnector({ ...this.#tls.optionsFor(owner), allowH2 })(options, callback),
      allowH2,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      // The signal ends what takes too long.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.#clients.set(key, made);
    return made;
  }
}
