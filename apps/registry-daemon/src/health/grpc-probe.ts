import { type ChannelOptions, Client, type ServiceError, status } from '@grpc/grpc-js';
import { service } from 'grpc-health-check';
import type { Identity } from '@gateway/mtls';
import type { Probe, ProbeTarget } from './checker';

const { path, requestSerialize, responseDeserialize } = service['Check']!;

const CHANNEL: ChannelOptions = {
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_retries': 0,
};

/**
 * Answers that aren't about the instance's health: it has no health service (UNIMPLEMENTED), or none for us. It answered,
 * and more nobody asked of it.
 */
const ANSWERED: ReadonlySet<status> = new Set([status.UNIMPLEMENTED, status.PERMISSION_DENIED, status.UNAUTHENTICATED]);

/**
 * grpc.health.v1 over mutual TLS: passes on SERVING, and when the instance answers without having a health service. Keeps
 * one connection per instance.
 */
export class GrpcProbe implements Probe {
  readonly #clients = new Map<string, Client>();

  constructor(private readonly identity: Pick<Identity, 'grpcClientCredentials'>) {}

  async check(target: ProbeTarget, signal: AbortSignal): Promise<void> {
    const answer = await this.#ask(target, signal);
    if (answer !== 'SERVING') throw new Error(`it says ${answer}`);
  }

  forget(key: string): void {
    this.#clients.get(key)?.close();
    this.#clients.delete(key);
  }

  close(): void {
    for (const key of [...this.#clients.keys()]) this.forget(key);
  }

  #ask(target: ProbeTarget, signal: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      const done = (error: ServiceError | null, answer?: object): void => {
        if (!error) resolve((answer as { status: string }).status);
        else if (saysNothing(error, target)) resolve('SERVING');
        else {
          // Dialled anew next time: what is wrong with a connection must not outlive it.
          this.forget(target.key);
          reject(new Error(error.details, { cause: error }));
        }
      };
      const asked = { service: target.target };
      const call = this.#clientOf(target).makeUnaryRequest(path, requestSerialize, responseDeserialize, asked, done);
      signal.addEventListener('abort', () => call.cancel(), { once: true });
    });
  }

  #clientOf({ key, address, owner }: ProbeTarget): Client {
    const known = this.#clients.get(key);
    if (known) return known;
    const made = new Client(address, this.identity.grpcClientCredentials({ expect: owner }), CHANNEL);
    this.#clients.set(key, made);
    return made;
  }
}

/** A health service that doesn't know the name says nothing, unless that name was asked for. */
const saysNothing = ({ code }: ServiceError, { target }: ProbeTarget): boolean =>
  ANSWERED.has(code) || (code === status.NOT_FOUND && target === '');
