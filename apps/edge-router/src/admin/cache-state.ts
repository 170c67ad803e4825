import type { ResponseCache } from '@gateway/cache';

/** What the admin page of the cache shows and purges. */
export class CacheState {
  /** @param shared whether other edges hear of a purge: there is a Redis */
  constructor(
    readonly cache: Pick<ResponseCache, 'stats' | 'purge'>,
    readonly shared: boolean,
  ) {}
}
