// node tools/run.mjs tools/bench/bulkhead.ts [rounds]: how much slower calls to one service become while another service
// hangs. The built edge-router forwards a constant rate of calls to both; in every other round the second one hangs. What
// counts is the 99th percentile of calls to the first, hanging against healthy, as the median ratio over the rounds.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@gateway/clock';
import { type RunningEdge, startEdge } from '@gateway/testing';
import { Agent } from 'undici';

const ROUNDS = Number(process.argv[2] ?? 7);
/** Calls to each service. */
const PER_SECOND = 100;
const ROUND_MS = 3_000;
/** What a healthy service takes. */
const SERVICE_MS = 5;
/** Calls that the hanging service may hold. */
const BULKHEAD = 32;

const dispatcher = new Agent({ pipelining: 1, connections: 512 });
const owed = new Set<ServerResponse>();
let hangs = false;

async function serve(mayHang: boolean): Promise<string> {
  const server = createServer((_request, response) => {
    if (mayHang && hangs) owed.add(response);
    else systemClock.after(SERVICE_MS, () => response.end('done'));
  });
  server.listen(0, '127.0.0.1');
  server.unref();
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const routes = (first: string, second: string): string => `
defaults: { policy: { auth: { mode: NONE }, timeout: 30s, circuitBreaker: { disabled: true } } }
routes:
  - { id: first, match: { path: /first }, upstream: { urls: ["${first}"] } }
  - { id: second, match: { path: /second }, upstream: { urls: ["${second}"] }, policy: { concurrency: { perInstance: ${BULKHEAD} } } }
`;

async function timeOf(origin: string, path: string): Promise<number> {
  const begin = systemClock.monotonic();
  const { body } = await dispatcher.request({ origin, path, method: 'GET' });
  await body.text();
  return systemClock.monotonic() - begin;
}

/** A constant rate of calls to both services, whatever becomes of them. @returns what those to the first took */
async function round({ httpUrl }: RunningEdge, hanging: boolean): Promise<number[]> {
  hangs = hanging;
  const [first, second]: Promise<number>[][] = [[], []];
  const timer = systemClock.every(1_000 / PER_SECOND, () => {
    first!.push(timeOf(httpUrl, '/first'));
    second!.push(timeOf(httpUrl, '/second'));
  });
  await systemClock.sleep(ROUND_MS);
  timer.cancel();
  const times = await Promise.all(first!);
  hangs = false;
  for (const response of owed) response.end('late');
  owed.clear();
  await Promise.all(second!);
  return times;
}

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;

const edge = await startEdge({ routes: routes(await serve(false), await serve(true)) });
try {
  await round(edge, false);
  const pairs: { healthy: number[]; hanging: number[] }[] = [];
  for (let i = 0; i < ROUNDS; i++) pairs.push({ healthy: await round(edge, false), hanging: await round(edge, true) });
  console.log('| calls to the first service | p50 | p99 |');
  console.log('| --- | --: | --: |');
  for (const kind of ['healthy', 'hanging'] as const) {
    const [p50, p99] = [0.5, 0.99].map((share) =>
      quantile(
        pairs.map((pair) => quantile(pair[kind], share)),
        0.5,
      ),
    );
    console.log(`| the second one is ${kind} | ${p50!.toFixed(1)} ms | ${p99!.toFixed(1)} ms |`);
  }
  const ratios = pairs.map(({ healthy, hanging }) => quantile(hanging, 0.99) / quantile(healthy, 0.99));
  const [low, median, high] = [0, 0.5, 1].map((share) => quantile(ratios, share).toFixed(2));
  console.log(`p99 hanging against healthy: ${median} (${low} to ${high}), ${ROUNDS} rounds`);
} finally {
  await edge.stop();
  await dispatcher.destroy();
}
