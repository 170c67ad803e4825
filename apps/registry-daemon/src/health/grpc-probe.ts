import { type ClientHttp2Session, connect } from 'node:http2';
import { status } from '@grpc/grpc-js';
import type { Identity } from '@gateway/mtls';
import type { Probe, ProbeTarget } from './checker';
import { askGrpc, type GrpcAnswer } from './grpc-answer';
import { HEALTH_CHECK_PATH, healthRequest, healthStatus } from './health-message';
import { ProbeTls } from './probe-tls';

/**
 * Answers that aren't about the instance's health: it has no health service (UNIMPLEMENTED), or none for us. It answered,
 * and more nobody asked of it.
 */
const SAYS_NOTHING: ReadonlySet<number> = new Set([
  status.UNIMPLEMENTED,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
]);

/**
 * grpc.health.v1 over mutual TLS: passes on SERVING, and when the instance answers without having a health service. Keeps
 * one connection per instance. On HTTP/2 directly: a thousand channels of grpc-js cost several times as much.
 */
export class GrpcProbe implements Probe {
  readonly #sessions = new Map<string, ClientHttp2Session>();
  readonly #tls: ProbeTls;

  constructor(identity: Pick<Identity, 'tlsClientOptions'>) {
    this.#tls = new ProbeTls(identity);
  }

  async check(target: ProbeTarget, signal: AbortSignal): Promise<void> {
    let answer: GrpcAnswer;
    try {
      answer = await askGrpc(this.#sessionTo(target), HEALTH_CHECK_PATH, healthRequest(target.target), signal);
    } catch (error) {
      // Dialled anew next time: what is wrong with a connection must not outlive it.
      this.forget(target.key);
      throw error;
    }
    judge(answer, target);
  }

  forget(key: string): void {
    this.#sessions.get(key)?.destroy();
    this.#sessions.delete(key);
  }

  close(): void {
    for (const key of [...this.#sessions.keys()]) this.forget(key);
  }

  #sessionTo({ key, address, owner }: ProbeTarget): ClientHttp2Session {
    const known = this.#sessions.get(key);
    if (known && !known.closed && !known.destroyed) return known;
    const made = connect(`https://${address}`, { ...this.#tls.optionsFor(owner), ALPNProtocols: ['h2'] });
    // The call under way fails of it, and the next one dials.
    made.on('error', () => undefined);
    this.#sessions.set(key, made);
    return made;
  }
}

/** @throws Error when the answer speaks against the instance */
function judge({ code, detail, message }: GrpcAnswer, { target }: ProbeTarget): void {
  // A health service that doesn't know the name says nothing, unless that name was asked for.
  if (SAYS_NOTHING.has(code) || (code === status.NOT_FOUND && target === '')) return;
  if (code !== status.OK) throw new Error(`it answers ${status[code] ?? 'with an unknown status'}: ${detail}`);
  const said = healthStatus(message);
  if (said !== 'SERVING') throw new Error(`it says ${said}`);
}
