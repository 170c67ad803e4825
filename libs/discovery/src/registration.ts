import { durationFromMs, durationMs } from '@bufbuild/protobuf/wkt';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import type { Clock, Timer } from '@gateway/clock';
import { registryV1 } from '@gateway/contracts';
import { Backoff } from './backoff';
import { asRegistryCallError, type RegistryCallError } from './registry-call-error';
import type { RegistryClient } from './registry-client';

/** What a service says of itself; the registry adds generation and owner. */
export type InstanceInit = Omit<
  MessageInitShape<typeof registryV1.InstanceSchema>,
  'generation' | 'owner' | 'state' | 'load' | 'contractDigest' | '$typeName'
> & { readonly id: string; readonly service: string; readonly address: string; readonly protocol: registryV1.Protocol };

/** Where a registration stands. */
export type RegistrationStatus =
  /** No lease yet, or it was lost: registering. */
  | { readonly state: 'registering'; readonly why: string }
  /** The lease is held and renewed. */
  | { readonly state: 'registered' }
  /** The registry can't be asked; the lease may still run. */
  | { readonly state: 'unreachable'; readonly why: string }
  /** The registry said no (ownership, contract). Tried again slowly: its configuration may change. */
  | { readonly state: 'refused'; readonly why: string }
  /** A newer instance took the id: this one has ended and tries no more. */
  | { readonly state: 'replaced'; readonly why: string }
  /** Given up on purpose. */
  | { readonly state: 'deregistered' };

/** What is registered, and how. */
export interface RegistrationOptions {
  readonly client: Pick<RegistryClient, 'register' | 'renew' | 'deregister'>;
  readonly clock: Clock;
  readonly instance: InstanceInit;
  /** The service's contract (`descriptorSetOf`); absent: it has none. */
  readonly descriptorSet?: Uint8Array;
  /** How long the lease lasts without renewal, 1 s to 60 s; 10 s when not given. */
  readonly leaseMs?: number;
  /** Asked at each renewal. */
  readonly load?: () => { readonly connections: number; readonly inFlight: number };
  /** Told each change. */
  readonly onStatus?: (status: RegistrationStatus) => void;
  /** The source of jitter. */
  readonly random?: () => number;
}

const LEASE_MS = 10_000;
const RETRY_FIRST_MS = 200;
/** Short: a registry that is back must know its instances again at once. */
const RETRY_MAX_MS = 1_000;
const REFUSED_FIRST_MS = 2_000;
const REFUSED_MAX_MS = 30_000;

/** One instance's place in the registry: from `start` it is kept registered until `deregister`, whatever happens to the registry. */
export class Registration {
  readonly #retry: Backoff;
  readonly #refused: Backoff;
  readonly #random: () => number;
  #status: RegistrationStatus = { state: 'registering', why: 'starting' };
  #instanceState = registryV1.InstanceState.READY;
  #leaseId: string | null = null;
  #leaseMs: number;
  #timer: Timer | null = null;
  /** The attempt under way; there is never more than one. */
  #busy: Promise<void> | null = null;
  #again = false;
  #ended = false;

  constructor(private readonly options: RegistrationOptions) {
    this.#random = options.random ?? Math.random;
    this.#retry = new Backoff(RETRY_FIRST_MS, RETRY_MAX_MS, this.#random);
    this.#refused = new Backoff(REFUSED_FIRST_MS, REFUSED_MAX_MS, this.#random);
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
  }

  get status(): RegistrationStatus {
    return this.#status;
  }

  /** Begins. */
  start(): void {
    this.#attempt();
  }

  /** Tells the registry at once that the instance gets nothing new. Resolves when it knows, or can't be told now. */
  async drain(): Promise<void> {
    this.#instanceState = registryV1.InstanceState.DRAINING;
    await this.#attempt();
  }

  /** Gives the lease up. Resolves when the registry knows; when it can't be told, the lease runs out by itself. */
  async deregister(): Promise<void> {
    this.#ended = true;
    this.#timer?.cancel();
    await this.#busy;
    if (this.#status.state === 'replaced') return;
    this.#report({ state: 'deregistered' });
    if (this.#leaseId === null) return;
    // The registry's absence must not fail a shutdown.
    await this.options.client.deregister(this.#leaseId).catch(() => undefined);
  }

  /** Registers or renews now; when an attempt is under way, once more after it. */
  #attempt(): Promise<void> {
    this.#timer?.cancel();
    if (this.#busy) {
      this.#again = true;
      return this.#busy;
    }
    this.#busy = this.#run().finally(() => (this.#busy = null));
    return this.#busy;
  }

  async #run(): Promise<void> {
    let pause: number;
    do {
      this.#again = false;
      pause = await (this.#leaseId === null ? this.#register() : this.#renew(this.#leaseId)).catch((thrown: unknown) =>
        this.#failed(asRegistryCallError(thrown)),
      );
    } while (!this.#ended && (this.#again || pause === 0));
    if (!this.#ended) this.#timer = this.options.clock.after(pause, () => void this.#attempt());
  }

  /** @returns milliseconds until the next attempt */
  async #register(): Promise<number> {
    const { client, instance, descriptorSet, load } = this.options;
    const response = await client.register({
      instance: { ...instance, state: this.#instanceState, load: load?.() },
      descriptorSet,
      lease: durationFromMs(this.#leaseMs),
    });
    this.#leaseId = response.leaseId;
    return this.#held(response.lease);
  }

  async #renew(leaseId: string): Promise<number> {
    const { client, load } = this.options;
    const response = await client.renew({ leaseId, load: load?.(), state: this.#instanceState });
    return this.#held(response.lease);
  }

  #held(lease: registryV1.RenewResponse['lease']): number {
    if (lease) this.#leaseMs = durationMs(lease);
    this.#retry.reset();
    this.#refused.reset();
    this.#report({ state: 'registered' });
    // A third of the lease, so that two renewals may be lost; less up to a fifth of that, so that instances spread.
    return (this.#leaseMs / 3) * (1 - this.#random() / 5);
  }

  /** @returns milliseconds until the next attempt; 0 for at once */
  #failed(error: RegistryCallError): number {
    const why = error.message;
    if (error.code === status.NOT_FOUND && this.#leaseId !== null) {
      this.#leaseId = null;
      this.#report({ state: 'registering', why: 'the registry no longer knew the lease' });
      return 0;
    }
    if (error.code === status.FAILED_PRECONDITION && this.#leaseId !== null) {
      this.#ended = true;
      this.#report({ state: 'replaced', why });
      return 0;
    }
    if (error.refused) {
      this.#report({ state: 'refused', why });
      return this.#refused.next();
    }
    this.#report({ state: 'unreachable', why });
    return this.#retry.next();
  }

  #report(next: RegistrationStatus): void {
    const known = this.#status;
    this.#status = next;
    if (known.state !== next.state || ('why' in known && 'why' in next && known.why !== next.why))
      this.options.onStatus?.(next);
  }
}
