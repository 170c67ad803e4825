import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, startPlatform, type Platform } from '@gateway/testing';
import { ADA, edgeClient, type EdgeClient } from './edge-client';

// No limit stands in the way of a full load here; the transcoded calls stay below their 300 a minute.
const ROUTES = `routes:
  - id: echo
    match: { path: "/echo/{rest=**}" }
    upstream: { service: echo-service, protocol: http1 }
    policy: { auth: { mode: NONE } }
`;

let platform: Platform;
let ada: string;
let clients: EdgeClient[];

beforeAll(async () => {
  platform = await startPlatform({ edges: 2, wsNodes: 0, mocks: 2, routes: ROUTES });
  clients = platform.edges.map((edge) => edgeClient(edge.url, platform.caFile));
  ada = await clients[0]!.login(...ADA);
});
afterAll(async () => {
  for (const client of clients ?? []) await client.close();
  await platform?.stop();
});

/** Calls without a pause until it is told to stop; what went wrong stands in `failures`. */
function load(
  callers: number,
  once: () => Promise<void>,
): { count(): number; failures: string[]; stop(): Promise<void> } {
  const failures: string[] = [];
  let running = true;
  let done = 0;
  const caller = async (): Promise<void> => {
    while (running) {
      await once().catch((error: unknown) => failures.push(String(error)));
      done++;
    }
  };
  const all = Array.from({ length: callers }, caller);
  return {
    count: () => done,
    failures,
    async stop() {
      running = false;
      await Promise.all(all);
    },
  };
}

/** Waits until the load has made some more calls. */
async function more(running: { count(): number }, calls: number): Promise<void> {
  const target = running.count() + calls;
  await eventually(() => expect(running.count()).toBeGreaterThanOrEqual(target), { within: 60_000 });
}

async function mustSucceed(client: EdgeClient, path: string): Promise<void> {
  const { status } = await client.call('GET', path, { token: ada });
  if (status !== 200) throw new Error(`${path} answered ${status}`);
}

/** Full speed over HTTP, and about 30 transcoded gRPC calls a second. */
function mixedLoad(call: (path: string) => Promise<void>): { more(): Promise<void>; end(): Promise<string[]> } {
  const http = load(8, () => call('/echo/anything'));
  const grpc = load(1, async () => {
    await call('/api/v1/projects');
    await new Promise((resolve) => setTimeout(resolve, 30));
  });
  return {
    async more() {
      await more(http, 300);
      await more(grpc, 30);
    },
    async end() {
      await Promise.all([http.stop(), grpc.stop()]);
      return [...http.failures, ...grpc.failures];
    },
  };
}

test('SIGTERM of one mock-services process with a second one up: no request fails', async () => {
  const running = mixedLoad((path) => mustSucceed(clients[0]!, path));
  await running.more();
  await platform.mockProcesses[1]!.stop();
  await running.more();
  expect(await running.end()).toEqual([]);
});

/**
 * A client behind a load balancer: it goes to the other edge once this one no longer takes connections. A connection that
 * can't be established never carried a request; a request that was sent must be answered.
 */
test('SIGTERM of an edge under load: every request that reached it is answered', async () => {
  let gone = false;
  const running = mixedLoad(async (path) => {
    if (gone) return mustSucceed(clients[1]!, path);
    try {
      await mustSucceed(clients[0]!, path);
    } catch (error) {
      if (!clients[0]!.neverSent(error)) throw error;
      gone = true;
      await mustSucceed(clients[1]!, path);
    }
  });
  await running.more();
  await platform.edges[0]!.stop();
  await running.more();
  expect(await running.end()).toEqual([]);
  expect(gone).toBe(true);
});
