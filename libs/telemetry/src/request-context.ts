import { AsyncLocalStorage } from 'node:async_hooks';

/** What every line logged on behalf of a request carries. */
export interface RequestIds {
  /** The request's id (`x-request-id`). */
  readonly requestId: string;
  /** W3C trace id: 32 hexadecimal digits. */
  readonly traceId?: string;
}

const storage = new AsyncLocalStorage<RequestIds>();

/** Runs `work`; what it logs, also later and asynchronously, carries `ids`. */
export const withRequest = <T>(ids: RequestIds, work: () => T): T => storage.run(ids, work);

/** The request that is being worked on; undefined outside of one. */
export const currentRequest = (): RequestIds | undefined => storage.getStore();
