import type { Clock, Timer } from '@gateway/clock';
import type { FoundInstance, FoundProtocol } from '../instance';
import { Findings, type InstanceSource, type SourceStatus } from '../source';
import type { KubernetesApi } from './api';
import { instancesOf } from './slice-instances';
import { SliceInformer } from './slice-informer';

/** Which instances are followed. */
export interface SliceSourceOptions {
  /** The service's name here. */
  readonly service: string;
  readonly protocol: FoundProtocol;
  readonly namespace: string;
  /** The Service's name in Kubernetes. */
  readonly name: string;
  /** The port's name in the Service ('' for its only port), or its number on the instances (`targetPort`). */
  readonly port: string | number;
  /** See `kubernetesApi`. */
  readonly api: () => Promise<KubernetesApi>;
  readonly clock: Clock;
  /** From 0 (included) to 1 (excluded). */
  readonly random: () => number;
}

const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 10_000;

/**
 * Follows the EndpointSlices of a Service. While the API is away the last known good stays, for as long as it takes. A
 * list without instances is believed: unlike DNS, the API says so on purpose.
 */
export class SliceSource implements InstanceSource {
  readonly kind = 'kubernetes';
  readonly #findings: Findings;
  #informer: SliceInformer | null = null;
  #retry: Timer | null = null;
  #failures = 0;
  #closed = false;

  constructor(private readonly options: SliceSourceOptions) {
    this.#findings = new Findings(() => options.clock.now());
    this.#begin();
  }

  instances(): readonly FoundInstance[] | undefined {
    return this.#findings.instances;
  }

  get status(): SourceStatus {
    return this.#findings.status;
  }

  onChange(listener: () => void): () => void {
    return this.#findings.onChange(listener);
  }

  close(): void {
    this.#closed = true;
    this.#retry?.cancel();
    this.#informer?.close();
  }

  #begin(): void {
    if (this.#informer !== null) return this.#informer.start();
    this.#open().catch((error: unknown) => this.#failed((error as Error).message));
  }

  async #open(): Promise<void> {
    const { api, clock } = this.options;
    const opened = await api();
    if (this.#closed) return;
    this.#informer = new SliceInformer(opened, this.options, clock, {
      current: (slices) => this.#current(slices),
      failed: (why) => this.#failed(why),
    });
    this.#informer.start();
  }

  #current(slices: readonly unknown[]): void {
    this.#failures = 0;
    this.#findings.found(instancesOf(slices, this.options));
  }

  #failed(why: string): void {
    if (this.#closed) return;
    this.#findings.failed(`Kubernetes can't be asked: ${why}`);
    const ceiling = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 10);
    this.#retry?.cancel();
    this.#retry = this.options.clock.after(ceiling * (0.5 + this.options.random() / 2), () => this.#begin());
  }
}
