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

async function probe(adminPort: number, path: string): Promise<Response | null> {
  try {
    return await fetch(`http://127.0.0.1:${adminPort}${path}`, { signal: AbortSignal.timeout(PROBE_MS) });
  } catch {
    return null;
  }
}
