import type * as Kubernetes from '@kubernetes/client-node';
import type { KubeConfig, KubernetesListObject, KubernetesObject } from '@kubernetes/client-node';
import type { Clock } from '@gateway/clock';
import { fetch } from 'undici';

/** The client, loaded when the first slice source is opened: it takes half a second and 60 MB. */
export type KubernetesClient = typeof Kubernetes;

/** A cluster's API, and how to sign in to it. */
export interface KubernetesApi {
  readonly client: KubernetesClient;
  readonly config: KubeConfig;
}

/**
 * Opens the API once, for whoever asks.
 * @param file a kubeconfig; when not given what the client finds: KUBECONFIG, ~/.kube/config, or the pod's own account
 * @returns rejects when there is none that could be used, and tries again with the next call
 */
export function kubernetesApi(file?: string): () => Promise<KubernetesApi> {
  let opened: Promise<KubernetesApi> | null = null;
  return () => {
    opened ??= open(file).catch((error: unknown) => {
      opened = null;
      throw error;
    });
    return opened;
  };
}

async function open(file: string | undefined): Promise<KubernetesApi> {
  const client = await import('@kubernetes/client-node');
  const config = new client.KubeConfig();
  if (file === undefined) config.loadFromDefault();
  else config.loadFromFile(file);
  if (config.getCurrentCluster() === null) throw new Error('the kubeconfig names no cluster');
  return { client, config };
}

/** Milliseconds for a whole list. */
const LIST_MS = 10_000;

/** An object that the informer can hold. */
const isNamed = (item: unknown): item is KubernetesObject => {
  const name: unknown = (item as KubernetesObject | null)?.metadata?.name;
  return typeof name === 'string' && name !== '';
};

/** Whether the informer can take an event of its watch: it trusts what it is given. */
export const canBeTaken = (phase: unknown, object: unknown): boolean =>
  phase === 'ERROR' || phase === 'BOOKMARK' ? typeof object === 'object' && object !== null : isNamed(object);

/**
 * Lists objects as they are on the wire; what has no name is left out.
 * @throws Error when the API doesn't answer, or with anything but a list
 */
export async function listObjects(
  { client, config }: KubernetesApi,
  path: string,
  labelSelector: string,
  clock: Clock,
): Promise<KubernetesListObject<KubernetesObject>> {
  const url = new URL(`${config.getCurrentCluster()!.server}${path}`);
  url.searchParams.set('labelSelector', labelSelector);
  const request = new client.RequestContext(url.href, client.HttpMethod.GET);
  await config.applySecurityAuthentication(request);
  const dispatcher = request.getDispatcher();
  const abort = new AbortController();
  const timer = clock.after(LIST_MS, () => abort.abort(new Error(`no list within ${LIST_MS} ms`)));
  try {
    const response = await fetch(url, { headers: request.getHeaders(), dispatcher, signal: abort.signal });
    if (response.status !== 200) throw new Error(`the list is refused with status ${response.status}`);
    return asList(await response.json());
  } finally {
    timer.cancel();
    // One is made for each request.
    void dispatcher?.close().catch(() => undefined);
  }
}

function asList(body: unknown): KubernetesListObject<KubernetesObject> {
  const { items, metadata } = (body ?? {}) as Partial<KubernetesListObject<KubernetesObject>>;
  if (!Array.isArray(items)) throw new Error('the answer is no list');
  const version: unknown = metadata?.resourceVersion;
  return { items: items.filter(isNamed), metadata: { resourceVersion: typeof version === 'string' ? version : '' } };
}
