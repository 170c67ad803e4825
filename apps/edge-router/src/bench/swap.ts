// node tools/run.mjs apps/edge-router/src/bench/swap.ts: what a new snapshot costs, and the requests that are in flight
// meanwhile, for the table of apps/edge-router/README.md.
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { systemClock } from '@gateway/clock';
import { answer, endpoint } from '../pipeline.fixture';
import { standalonePorts } from '../pipeline.ports.fixture';
import { NodeEngine } from '../engine/node/node-engine';
import { edgeHandler } from '../pipeline/edge-handler';
import { assemble } from '../pipeline/pipeline';
import { CompiledContracts } from '../snapshot/compiled-contracts';
import { ContractSources } from '../snapshot/contract-sources';
import { SnapshotHolder } from '../snapshot/holder';
import { noRoute } from '../snapshot/platform-routes';
import { SchemaLibrary, UNFETCHED } from '../snapshot/route-file/schema-library';
import { RouteManager } from '../snapshot/route-manager';
import { emptySource } from '../snapshot/source';
import { ApiVersions } from '../versions/api-versions';
import { type BenchContract, contracts, ROUTES_PER_CONTRACT } from './swap-contracts';
import { askFor } from './swap-load';

const SIZES = [100, 1_000, 5_000];
const SWAPS = 20;
const BETWEEN_MS = 250;

const AUTH = { credentials: true, permissions: true };
const FILE = `routes:
  - id: ping
    match: { path: /ping }
    upstream: { urls: ["http://127.0.0.1:1"] }
    policy: { auth: { mode: NONE } }
`;

function platform() {
  const bytes = new Map<string, Uint8Array>();
  const api = new ApiVersions({ prefix: '/api', vendor: 'bench', defaultVersion: null, clock: systemClock });
  const upstream = endpoint('upstream');
  const pick = { endpoint: upstream, answered: () => undefined, ended: () => undefined };
  const ports = { ...standalonePorts(), clock: systemClock, pickerFor: () => ({ pick: () => pick }) };
  ports.http = { ...ports.http, send: () => Promise.resolve(answer()) };
  const holder = new SnapshotHolder(
    (route) => assemble(route, ports),
    () => systemClock.now(),
    api,
  );
  const compiled = new CompiledContracts({ descriptorSet: (digest) => bytes.get(digest) });
  const manager = new RouteManager({
    auth: AUTH,
    library: new SchemaLibrary('routes.yaml', UNFETCHED),
    platform: emptySource('platform'),
    contracts: new ContractSources(compiled, AUTH, api.paths),
    paths: api.paths,
    swap: (snapshot) => holder.swap(snapshot),
    onServices: () => undefined,
  });
  manager.takeFile(FILE);
  const handler = edgeHandler({
    clock: systemClock,
    refuse: assemble(noRoute, ports),
    routes: () => holder.current.table,
    versions: () => holder.current.versions,
    trustedProxies: { has: () => false } as never,
  });
  const take = (offered: readonly BenchContract[]): number => {
    for (const each of offered) bytes.set(each.digest, each.bytes);
    const began = systemClock.monotonic();
    manager.takeContracts(offered);
    return systemClock.monotonic() - began;
  };
  return { handler, holder, take };
}

const percentile = (values: number[], share: number): number =>
  values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;
const shown = (ms: number): string => `${ms.toFixed(1)} ms`;

async function measure(routes: number): Promise<string> {
  const count = routes / ROUTES_PER_CONTRACT;
  const all = await contracts(count, 1);
  const [changed] = await contracts(1, 2);
  const cold = platform().take(all);
  const { handler, holder, take } = platform();
  const anew = take(all);
  const listener = await new NodeEngine().listen({ http: { port: 0, host: '127.0.0.1', mode: 'serve' } }, handler);
  const load = new Worker(process.argv[1]!, { workerData: `http://127.0.0.1:${listener.addresses[0]!.port}/ping` });
  const times = async (): Promise<number[]> => {
    load.postMessage('times');
    return ((await once(load, 'message')) as [number[]])[0];
  };
  await systemClock.sleep(1_000);
  await times();
  await systemClock.sleep(SWAPS * BETWEEN_MS);
  const quiet = await times();
  const swaps: number[] = [];
  for (let swap = 0; swap < SWAPS; swap++) {
    swaps.push(take([swap % 2 === 0 ? changed! : all[0]!, ...all.slice(1)]));
    await systemClock.sleep(BETWEEN_MS);
  }
  const busy = await times();
  await load.terminate();
  await listener.close();
  const [first, one] = [`${shown(cold)} | ${shown(anew)}`, shown(percentile(swaps, 0.5))];
  const waits = `${shown(percentile(quiet, 0.99))} | ${shown(percentile(busy, 0.99))} | ${shown(percentile(busy, 1))}`;
  return `| ${holder.current.routes.length} | ${first} | ${one} | ${shown(percentile(swaps, 1))} | ${waits} |`;
}

if (isMainThread) {
  console.log(
    '| routes | all new, cold | all new | one contract changed | at most | p99 quiet | p99 meanwhile | longest |',
  );
  console.log(
    '| -----: | ------------: | ------: | -------------------: | ------: | --------: | ------------: | ------: |',
  );
  for (const routes of SIZES) console.log(await measure(routes));
  process.exit(0);
} else {
  askFor(workerData as string, parentPort!);
}
