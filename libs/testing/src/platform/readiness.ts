/** Longest wait for one answer of the admin plane, in milliseconds. */
const PROBE_MS = 1_000;

/** Whether an app says that it is ready. */
export async function isReady(adminPort: number): Promise<boolean> {
  return (await probe(adminPort, '/readyz'))?.ok ?? false;
}

/** Why an app isn't ready, in its own words: the failed checks of `/readyz?verbose`. */
export async function whyNotReady(adminPort: number): Promise<string> {
  const response = await probe(adminPort, '/readyz?verbose');
  if (response === null) return `its admin port ${adminPort} doesn't answer`;
  return (await response.text()).trim();
}

/** An instance that a process registers. */
export interface Registered {
  readonly service: string;
  /** The instance's id. */
  readonly instance: string;
}

/** What we read of an edge's `/services` and `/snapshot`. */
interface EdgeView {
  readonly services: readonly {
    readonly name: string;
    readonly instances: readonly { readonly id: string; readonly contractDigest?: string }[];
  }[];
  /** How many routes each source has in force. */
  readonly sources: Readonly<Record<string, number>>;
}

/**
 * Which instances an edge can't call yet: it hasn't heard of them, or has no routes of their contract. An edge is ready
 * without them (they may come later, or never), but whoever starts a platform wants to use it.
 */
export async function unseenBy(edgeAdminPort: number, registered: readonly Registered[]): Promise<Registered[]> {
  const view = await viewOf(edgeAdminPort);
  if (view === null) return [...registered];
  return registered.filter(({ service, instance }) => {
    const known = view.services.find(({ name }) => name === service)?.instances.find(({ id }) => id === instance);
    return known === undefined || (Boolean(known.contractDigest) && !view.sources[`contract ${service}`]);
  });
}

async function viewOf(edgeAdminPort: number): Promise<EdgeView | null> {
  const [services, snapshot] = await Promise.all([
    probe(edgeAdminPort, '/services'),
    probe(edgeAdminPort, '/snapshot'),
  ]);
  if (!services?.ok || !snapshot?.ok) return null;
  const directory = (await services.json()) as EdgeView & { directory: { state: string } };
  // What an edge restored from its last life may be gone.
  if (directory.directory.state !== 'live') return null;
  return { services: directory.services, sources: ((await snapshot.json()) as EdgeView).sources };
}

async function probe(adminPort: number, path: string): Promise<Response | null> {
  try {
    return await fetch(`http://127.0.0.1:${adminPort}${path}`, { signal: AbortSignal.timeout(PROBE_MS) });
  } catch {
    return null;
  }
}
