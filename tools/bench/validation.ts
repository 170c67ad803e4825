// node tools/run.mjs tools/bench/validation.ts: what rules cost a message, for the table of libs/validation/README.md, and
// what schemas cost a body, for that of libs/json-schema.
// Medians of several rounds; the figures depend on the machine, their order doesn't.
import { createFileRegistry, type DescMessage, fromBinary, fromJson, fromJsonString } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { ContractRules } from '@gateway/validation';
import { compileSchema } from '@gateway/json-schema';
import { scanJson } from '@gateway/transcoding';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { workspaceDir } from '@gateway/testing';

const ROUNDS = 9;
const CALLS = 20_000;

/** Messages of the demonstration API: name, type, and what is checked. */
const MESSAGES: readonly (readonly [name: string, type: string, json: object])[] = [
  ['no rules', 'project.v1.GetProjectRequest', { projectId: 'p1' }],
  ['one number in a range', 'project.v1.ListProjectsRequest', { pageSize: 20 }],
  ['three fields', 'simulation.v1.CreateSimulationRequest', { projectId: 'p1', kind: 'orbit', steps: 100 }],
  ['an address and a length', 'auth.v1.LoginRequest', { email: 'ada@example.com', password: 'analytical-engine' }],
  ['two texts and 2 items', 'project.v1.CreateProjectRequest', project(2)],
  ['two texts and 20 items', 'project.v1.CreateProjectRequest', project(20)],
];
const WRONG = [
  'two texts and 20 items, all wrong',
  'project.v1.CreateProjectRequest',
  { ...project(20, ''), name: '' },
] as const;

function project(count: number, tag = 'mechanical'): object {
  return { name: 'Analytical Engine', description: 'A general-purpose machine.', tags: Array<string>(count).fill(tag) };
}

/** The contract as the edge reads it: a descriptor set. */
function readContract() {
  const args = ['build', '.', '--as-file-descriptor-set', '-o', '-'];
  const { status, stdout, stderr } = spawnSync('buf', args, {
    cwd: join(workspaceDir(), 'protos'),
    maxBuffer: 1 << 24,
  });
  if (status !== 0) throw new Error(String(stderr));
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, new Uint8Array(stdout)));
}

/** Nanoseconds of one call, the median of the rounds. */
function timed(run: () => unknown): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const started = process.hrtime.bigint();
    for (let call = 0; call < CALLS; call++) run();
    return Number(process.hrtime.bigint() - started) / CALLS;
  });
  return Math.round(rounds.sort((a, b) => a - b)[ROUNDS >> 1]!);
}

const registry = readContract();
const started = process.cpuUsage();
const contract = new ContractRules(registry);
for (const [, type] of MESSAGES) contract.of(registry.getMessage(type)!);
const compiled = process.cpuUsage(started);

console.log('| message | JSON to message | rules | share |');
console.log('| --- | --: | --: | --: |');
for (const [name, type, json] of [...MESSAGES, WRONG]) {
  const desc: DescMessage = registry.getMessage(type)!;
  const text = JSON.stringify(json);
  const message = fromJson(desc, json as never);
  const { rules } = contract.of(desc);
  const decode = timed(() => fromJsonString(desc, text));
  const check = rules === null ? 0 : timed(() => rules.check(message));
  console.log(`| ${name} | ${decode} ns | ${check} ns | ${((100 * check) / decode).toFixed(0)} % |`);
}
console.log(
  `\nCompiling the rules of these types: ${Math.round((compiled.user + compiled.system) / 1_000)} ms of CPU.`,
);

/** The same bodies by schemas, as a plain HTTP route has them checked. */
const text = { type: 'string', minLength: 1, maxLength: 2_000 };
const SCHEMAS: readonly (readonly [name: string, schema: object, json: object])[] = [
  ['one number in a range', object({ pageSize: { type: 'integer', minimum: 0, maximum: 100 } }), { pageSize: 20 }],
  ['an address and a length', object({ email: { type: 'string', format: 'email' }, password: text }), login()],
  ['two texts and 2 items', projectSchema(), project(2)],
  ['two texts and 20 items', projectSchema(), project(20)],
  ['two texts and 20 items, a pattern each', projectSchema({ pattern: '^[a-z0-9-]+$' }), project(20)],
  ['two texts and 20 items, all wrong', projectSchema(), { ...project(20, ''), name: '' }],
];

function object(properties: object): object {
  return { type: 'object', properties, additionalProperties: false };
}

function login(): object {
  return { email: 'ada@example.com', password: 'analytical-engine' };
}

function projectSchema(item: object = {}): object {
  const tags = { type: 'array', maxItems: 20, items: { type: 'string', minLength: 1, maxLength: 40, ...item } };
  return object({ name: text, description: text, tags });
}

const LIMITS = { nesting: 64, members: 20_000, strict: { items: 100_000, name: 256, number: 64 } };

console.log('\n| body | JSON.parse | bounds | schema | share |');
console.log('| --- | --: | --: | --: | --: |');
const compiling = process.cpuUsage();
const compiledSchemas = SCHEMAS.map(([name, schema, json]) => ({ name, json, ...compileSchema(schema) }));
const compiledIn = process.cpuUsage(compiling);
for (const { name, json, check } of compiledSchemas) {
  const body = JSON.stringify(json);
  const parse = timed(() => JSON.parse(body) as unknown);
  const bounds = timed(() => scanJson(body, LIMITS));
  const schema = timed(() => check(json));
  const share = ((100 * (bounds + schema)) / parse).toFixed(0);
  console.log(`| ${name} | ${parse} ns | ${bounds} ns | ${schema} ns | ${share} % |`);
}
const ms = Math.round((compiledIn.user + compiledIn.system) / 1_000);
console.log(`\nCompiling these schemas: ${ms} ms of CPU, most of it once per process.`);
