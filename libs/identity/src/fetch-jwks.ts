import type { JSONWebKeySet } from 'jose';

/** A fetch of keys that takes longer has failed, in ms. */
const TIMEOUT_MS = 5_000;

/** Largest key set that is read, in bytes: far more than any issuer publishes. */
const MAX_BYTES = 256 * 1024;

async function readBounded(body: ReadableStream<Uint8Array> | null): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error(`the key set is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * Gets a key set over HTTP. Follows no redirect: the configured address is the one that is trusted.
 * @throws when it can't be had in 5 s, isn't JSON, or is larger than 256 KiB
 */
export async function fetchJwksOverHttp(uri: string): Promise<JSONWebKeySet> {
  const response = await fetch(uri, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const body = await readBounded(response.body);
  if (!response.ok) throw new Error(`${uri} answered ${response.status}`);
  return JSON.parse(body) as JSONWebKeySet;
}
