import type { KubernetesObject, ListWatch, Watch } from '@kubernetes/client-node';
import type { Clock } from '@gateway/clock';
import { canBeTaken, type KubernetesApi, listObjects } from './api';

/** Which slices are followed. */
export interface SliceSelection {
  readonly namespace: string;
  /** The Service's name. */
  readonly name: string;
}

/** What the informer tells. */
export interface SliceListener {
  /** All slices of the service as they are now. */
  current(slices: readonly unknown[]): void;
  /** It has stopped following: the API can't be asked. */
  failed(why: string): void;
}

/** The client waits up to 30 s between two watches that the server ended; a service can't go unseen for so long. */
const LONGEST_PAUSE_MS = 5_000;

/**
 * Kubernetes' informer (list, then watch; list again after 410 Gone), with what it lacks put around it: it trusts
 * objects from the wire, loses rejections, and goes on after it was stopped.
 */
export class SliceInformer {
  readonly #informer: ListWatch<KubernetesObject>;
  #listed = false;
  #closed = false;

  constructor(
    private readonly api: KubernetesApi,
    { namespace, name }: SliceSelection,
    clock: Clock,
    private readonly listener: SliceListener,
  ) {
    const path = `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/endpointslices`;
    const selector = `kubernetes.io/service-name=${name}`;
    const list = async () => {
      const listed = await listObjects(api, path, selector, clock);
      this.#listed = true;
      return listed;
    };
    const delayFn = (ms: number): Promise<void> => clock.sleep(Math.min(ms, LONGEST_PAUSE_MS));
    this.#informer = new api.client.ListWatch(path, this.#guarded(), list, false, selector, undefined, { delayFn });
    this.#informer.on('error', (error: unknown) => {
      if (!this.#closed) listener.failed(reasonOf(error));
    });
  }

  /** Follows, or follows again after `failed`. */
  start(): void {
    this.#informer.start().catch((error: unknown) => this.listener.failed(reasonOf(error)));
  }

  close(): void {
    this.#closed = true;
    void this.#informer.stop();
  }

  #guarded(): Watch {
    const inner = new this.api.client.Watch(this.api.config);
    const watch: Watch['watch'] = async (path, params, callback, done) => {
      if (this.#closed) return new AbortController();
      if (this.#listed) this.#tell();
      this.#listed = false;
      let over = false;
      const finish = (error: unknown): void => {
        over = true;
        done(error);
      };
      const take = (phase: string, object: unknown, event: unknown): void => {
        if (this.#closed || !canBeTaken(phase, object)) return;
        callback(phase, object, event);
        if (phase !== 'ERROR') this.#tell();
      };
      const request = inner.watch(path, { ...params, allowWatchBookmarks: true }, take, finish);
      const controller = await request.catch((error: unknown) => (finish(error), new AbortController()));
      if (this.#closed) controller.abort();
      // A watch that goes on where the last one broke begins without a word.
      else if (!over) this.#tell();
      return controller;
    };
    return { watch } as Watch;
  }

  #tell(): void {
    this.listener.current(this.#informer.list());
  }
}

function reasonOf(error: unknown): string {
  const { message, statusCode, cause } = (error ?? {}) as { message?: string; statusCode?: number; cause?: Error };
  if (statusCode !== undefined) return `the watch is refused with status ${statusCode}`;
  return cause?.message ?? message ?? String(error);
}
