// node tools/run.mjs apps/edge-router/src/bench/match.ts: what finding the route costs a request, in time and in memory, for
// the table of apps/edge-router/README.md. Medians of several rounds; the figures depend on the machine, their ratio to what
// Node takes to read a URL in the same run doesn't.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { JsonObject } from '@bufbuild/protobuf';
import { systemClock } from '@gateway/clock';
import { RouteTable } from '@gateway/route-table';
import { answer, edgeRequest, httpRoute } from '../pipeline.fixture';
import { RequestContext } from '../pipeline/context';
import { liveEntry, type LiveRoute } from '../pipeline/live-route';
import { match } from '../pipeline/stages/match';
import { ApiVersions } from '../versions/api-versions';

const ROUNDS = 11;
const CALLS = 100_000;
/** Few enough that no collection comes between. */
const CALLS_FOR_MEMORY = 5_000;
const RESOURCES = 250;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const live = (path: string, methods: string[], cors: boolean): LiveRoute => {
  const policy: JsonObject = cors ? { cors: { origins: ['https://app.example.com'] } } : {};
  return { route: { ...httpRoute({ path, policy }), id: `${methods[0]} ${path}`, methods }, handler: () => answer() };
};
const routes = Array.from({ length: RESOURCES }, (_each, n) =>
  ['v1', 'v2'].flatMap((version) => [
    live(`/api/${version}/items${n}`, ['GET', 'POST'], n % 2 === 0),
    live(`/api/${version}/items${n}/{id}`, ['GET', 'PATCH', 'DELETE'], n % 2 === 0),
  ]),
).flat();

const api = new ApiVersions({ prefix: '/api', vendor: 'acme', defaultVersion: null, clock: systemClock });
const entries = routes.map(liveEntry);
const table = RouteTable.build(entries);
const versions = api.index(entries, table);
const step = match({ routes: () => table, versions: () => versions });

const ACCEPT = ['host', 'localhost', 'accept', '*/*', 'user-agent', 'bench'];
const PAGE = ['origin', 'https://app.example.com', ...ACCEPT];
const CASES: readonly (readonly [name: string, method: string, path: string, headers: string[]])[] = [
  ['a path with its version', 'GET', '/api/v1/items100', ACCEPT],
  ['the same with a variable', 'GET', '/api/v1/items100/7f3a', ACCEPT],
  ['the same from a page of another origin', 'GET', '/api/v1/items100/7f3a', PAGE],
  ['its preflight', 'OPTIONS', '/api/v1/items100/7f3a', [...PAGE, 'access-control-request-method', 'PATCH']],
  ['a path without a version', 'GET', '/api/items100/7f3a', ACCEPT],
  ['the same with `X-API-Version`', 'GET', '/api/items100/7f3a', [...ACCEPT, 'x-api-version', 'v2']],
];

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

/** Nanoseconds of one call. */
function nanoseconds(run: () => unknown): number {
  const begin = process.hrtime.bigint();
  for (let call = 0; call < CALLS; call++) run();
  return Number(process.hrtime.bigint() - begin) / CALLS;
}

/** Bytes that one call leaves to the garbage collector. */
function bytes(run: () => unknown): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let call = 0; call < CALLS_FOR_MEMORY; call++) run();
  return (process.memoryUsage().heapUsed - before) / CALLS_FOR_MEMORY;
}

interface Runs {
  readonly name: string;
  readonly without: () => unknown;
  readonly whole: () => unknown;
}

const runs = CASES.map(([name, method, path, headers]): Runs => {
  const request = edgeRequest({ method, target: path, headers });
  const without = (): RequestContext => {
    const context = new RequestContext(request, 0);
    context.path = path;
    return context;
  };
  return { name, without, whole: () => step(without()) };
});

/** What the stage adds to making a request's context. */
const added = (of: (run: () => unknown) => number, { without, whole }: Runs): number => of(whole) - of(without);

const readUrl = (): unknown => new URL('https://api.example.com/api/v1/items100/7f3a').pathname;

/** The cases take turns, and so does the yardstick: none has the machine to itself. */
const rounds = Array.from({ length: ROUNDS }, () => {
  const yardstick = nanoseconds(readUrl);
  return runs.map((each) => {
    const time = added(nanoseconds, each);
    return { time, ratio: time / yardstick, memory: added(bytes, each) };
  });
});

console.log(`${routes.length} routes`);
console.log('| request | match | to `new URL` | memory |');
console.log('| ------- | ----: | -----------: | -----: |');
for (const [index, { name }] of runs.entries()) {
  const of = (field: 'time' | 'ratio' | 'memory'): number => median(rounds.map((round) => round[index]![field]));
  console.log(
    `| ${name} | ${Math.round(of('time'))} ns | ${of('ratio').toFixed(2)} | ${Math.round(of('memory'))} bytes |`,
  );
}
