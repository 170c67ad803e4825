// node tools/run.mjs tools/bench/pools/handshake.ts: what a mutual TLS handshake really costs, against a gRPC server in a
// process of its own on loopback. The constant of compare.ts comes from here.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connect } from 'node:tls';
import { systemClock } from '@gateway/clock';
import { GrpcPool } from '@gateway/grpc-pool';
import { loadIdentity, serviceNameOf, spiffeIdFor } from '@gateway/mtls';
import { createAuthority, eventually, freePort } from '@gateway/testing';
import { rolldown } from 'rolldown';

const CONNECTIONS = 200;
const AT_ONCE = 16;
const METHOD = '/bench.v1.BenchService/Echo';
const EXPECT = spiffeIdFor('bench-service');

const folder = mkdtempSync(join(tmpdir(), 'gateway-handshake-'));
const authority = await createAuthority(join(folder, 'identity'));
const [edge, service] = [await authority.issue('edge-router'), await authority.issue('bench-service')];
const port = await freePort();
const file = resolve('dist/tools/bench/grpc-upstream.js');
const bundle = await rolldown({ input: 'tools/bench/peers/grpc-upstream.ts', platform: 'node', external: /^[^./]/ });
await bundle.write({ file, format: 'esm' });
await bundle.close();
const identity = loadIdentity(edge, { clock: systemClock });
const upstream = spawn(process.execPath, [file], {
  env: { PORT: String(port), IDENTITY: service },
  stdio: 'inherit',
});
const endpoint = { address: `127.0.0.1:${port}`, expect: EXPECT };
try {
  await eventually(() => timedCall(createPool()));
  show('a TLS connection', await medians(tlsConnection));
  show('a gRPC connection', await medians(grpcConnection));
  console.log(`${AT_ONCE} gRPC connections at once: ${(await together()).toFixed(1)} ms each until the last is there`);
} finally {
  identity.close();
  upstream.kill();
  rmSync(folder, { recursive: true, force: true });
}

function createPool(): GrpcPool {
  return new GrpcPool({
    clock: systemClock,
    max: AT_ONCE,
    credentialsFor: (expect) => ({
      credentials: identity.grpcClientCredentials({ expect }),
      options: { 'grpc.ssl_target_name_override': serviceNameOf(expect) },
    }),
  });
}

/** Milliseconds of a call. */
async function timedCall(pool: GrpcPool): Promise<number> {
  const start = performance.now();
  await pool.unary(endpoint, METHOD, Buffer.from('x'), { deadlineMs: 5_000 });
  return performance.now() - start;
}

/** What a connection took: milliseconds until it could be used, and of this process' own processor time. */
type Cost = readonly [wait: number, processor: number];

async function tlsConnection(): Promise<Cost> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const options = { ...identity.tlsClientOptions({ expect: EXPECT }), servername: serviceNameOf(EXPECT) };
  const socket = connect({ port, host: '127.0.0.1', ALPNProtocols: ['h2'], ...options });
  await once(socket, 'secureConnect');
  const cost: Cost = [performance.now() - start, msBetween(before, process.cpuUsage())];
  socket.destroy();
  return cost;
}

/** What the first call on a connection takes more than the second. */
async function grpcConnection(): Promise<Cost> {
  const pool = createPool();
  const before = process.cpuUsage();
  const first = await timedCall(pool);
  const between = process.cpuUsage();
  const second = await timedCall(pool);
  const after = process.cpuUsage();
  pool.close();
  return [first - second, msBetween(before, between) - msBetween(between, after)];
}

async function medians(open: () => Promise<Cost>): Promise<Cost> {
  const costs: Cost[] = [];
  for (let i = 0; i < CONNECTIONS; i++) costs.push(await open());
  return [median(costs.map(([wait]) => wait)), median(costs.map(([, processor]) => processor))];
}

function show(what: string, [wait, processor]: Cost): void {
  console.log(`${what}: usable after ${wait.toFixed(1)} ms, of which ${processor.toFixed(1)} ms of processor`);
}

/** Milliseconds for each of many that are opened at the same time. */
async function together(): Promise<number> {
  const pool = createPool();
  const start = performance.now();
  pool.setTarget(endpoint, AT_ONCE);
  while (pool.usage()[0]!.connections < AT_ONCE) await systemClock.sleep(1);
  const each = (performance.now() - start) / AT_ONCE;
  pool.close();
  return each;
}

function msBetween(a: NodeJS.CpuUsage, b: NodeJS.CpuUsage): number {
  return (b.user + b.system - a.user - a.system) / 1_000;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}
