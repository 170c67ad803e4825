// node tools/run.mjs tools/bench/validation.ts: what rules cost a message, for the table of libs/validation/README.md.
// Medians of several rounds; the figures depend on the machine, their order doesn't.
import { createFileRegistry, type DescMessage, fromBinary, fromJson, fromJsonString } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { ContractRules } from '@gateway/validation';
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
