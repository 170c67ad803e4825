import { readFileSync } from 'node:fs';
import createClient, { type Client } from 'openapi-fetch';
import { Agent, fetch, Request } from 'undici';
import type { paths } from './gen/api';

/** A client of the demonstration API: paths, arguments and answers have the types of the generated description. */
export interface ApiClient {
  readonly api: Client<paths>;
  close(): Promise<void>;
}

/** @param base such as `https://localhost:8443` */
export function apiClient(base: string, caFile: string): ApiClient {
  const dispatcher = new Agent({ connect: { ca: readFileSync(caFile) } });
  // The same fetch as Node's, of a version whose requests can be sent with an agent.
  const send = (request: unknown): Promise<unknown> => fetch(request as Request, { dispatcher });
  const api = createClient<paths>({ baseUrl: base, fetch: send as never, Request: Request as never });
  return { api, close: () => dispatcher.close() };
}
