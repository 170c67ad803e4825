import { promises } from 'node:dns';

/** The questions that are asked: `Resolver` of node:dns/promises answers them. */
export interface DnsResolver {
  resolve4(name: string, options: { ttl: true }): Promise<unknown>;
  resolve6(name: string, options: { ttl: true }): Promise<unknown>;
  resolveSrv(name: string): Promise<unknown>;
}

/** Milliseconds until a question is asked again. */
const TIMEOUT_MS = 1_000;
const TRIES = 2;

/**
 * A resolver that asks name servers itself: `getaddrinfo` would block a thread of the pool and keeps times to itself.
 * @param servers `ip` or `ip:port` each; those of the system when none is given
 */
export function dnsResolver(servers: readonly string[] = []): DnsResolver {
  const resolver = new promises.Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  if (servers.length > 0) resolver.setServers(servers);
  return resolver;
}

/** The name exists not, or has no such record: an answer, unlike all other errors. */
const EMPTY = new Set(['ENODATA', 'ENOTFOUND']);

/** The answer; an empty one when there is none. @throws whatever kept the question from being answered */
export async function ask<T>(question: Promise<unknown>, read: (answer: unknown) => T[]): Promise<T[]> {
  try {
    return read(await question);
  } catch (error) {
    if (EMPTY.has((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
