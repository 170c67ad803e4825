// npm run bench [-- --pairs 5 --seconds 5]: the gateway against its peers, as ratios of requests per second of gateway CPU.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createAuthority } from '@gateway/testing';
import { rolldown } from 'rolldown';
import { httpProxy, jsonToGrpc, type Bench, type Case } from './cases';
import { runPairs, type Result } from './pairs';

const NEEDED = ['wrk', 'nginx', 'taskset'];

const { values } = parseArgs({
  options: { pairs: { type: 'string', default: '5' }, seconds: { type: 'string', default: '5' } },
});

const missing = NEEDED.filter((program) => !has(program));
if (missing.length > 0) installOrSkip(missing);

const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
try {
  await bench();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function bench(): Promise<void> {
  const prepared = await prepare();
  const cases: Case[] = [
    await httpProxy(prepared, 'nginx'),
    await httpProxy(prepared, 'fastify-http-proxy'),
    await jsonToGrpc(prepared),
  ];
  const results: Result[] = [];
  for (const each of cases) {
    console.log(`${each.name} …`);
    results.push(await runPairs(each, Number(values.pairs), Number(values.seconds)));
  }
  print(results);
  save(results);
}

async function prepare(): Promise<Bench> {
  execFileSync('node_modules/.bin/nx', ['run', 'edge-router:build'], {
    stdio: 'inherit',
    env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' },
  });
  const descriptors = join(folder, 'bench.binpb');
  buildDescriptors(descriptors);
  const authority = await createAuthority(join(folder, 'identity'));
  const [edge, service] = [await authority.issue('edge-router'), await authority.issue('bench-service')];
  return {
    folder,
    node: process.execPath,
    edge: resolve('dist/apps/edge-router/main.js'),
    descriptors,
    identities: { edge, service },
    peer,
  };
}

/** `proto/` imports the platform's schemas: both folders become one module tree. */
function buildDescriptors(output: string): void {
  const root = join(folder, 'protos');
  execFileSync('cp', ['-r', resolve('protos'), root]);
  execFileSync('cp', ['-r', resolve('tools/bench/proto/bench'), root]);
  execFileSync(resolve('node_modules/.bin/buf'), ['build', root, '--path', join(root, 'bench'), '-o', output]);
}

async function peer(name: string): Promise<string> {
  const file = resolve(`dist/tools/bench/${name}.js`);
  const bundle = await rolldown({ input: `tools/bench/peers/${name}.ts`, platform: 'node', external: /^[^./]/ });
  await bundle.write({ file, format: 'esm' });
  await bundle.close();
  return file;
}

function has(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function installOrSkip(missing: readonly string[]): void {
  if (process.getuid?.() === 0 && has('apt-get')) {
    console.log(`Installing ${missing.join(', ')} …`);
    // The service that comes with nginx must not start.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore', env });
    const install = ['install', '-y', '-qq', '--no-install-recommends', 'wrk', 'nginx-light', 'util-linux'];
    execFileSync('apt-get', install, { stdio: 'ignore', env });
  }
  const still = NEEDED.filter((program) => !has(program));
  if (still.length === 0) return;
  console.log(`SKIPPED: ${still.join(', ')} not found. Install them and run again.`);
  process.exit(0);
}

function print(results: readonly Result[]): void {
  const kilo = (value: number): string => (value / 1000).toFixed(1);
  console.log('\n| case | ratio (lowest–highest) | ours, k/CPU-s | peer, k/CPU-s | errors |\n|---|--:|--:|--:|--:|');
  for (const { name, ratio, lowest, highest, ours, theirs, errors } of results)
    console.log(
      `| ${name} | ${ratio.toFixed(2)} (${lowest.toFixed(2)}–${highest.toFixed(2)}) | ${kilo(ours)} | ${kilo(theirs)} | ${errors} |`,
    );
}

/** Kept as JSON with what it was measured on. */
function save(results: readonly Result[]): void {
  mkdirSync('dist/bench', { recursive: true });
  const file = `dist/bench/${new Date().toISOString().replaceAll(':', '-')}.json`;
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
  writeFileSync(file, JSON.stringify({ date: new Date().toISOString(), machine, results }, null, 2));
  console.log(`\nKept in ${file}`);
}
