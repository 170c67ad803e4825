import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  environmentOf,
  eventually,
  freePort,
  launch,
  type Platform,
  type Program,
  serviceProcess,
  startPlatform,
  tailOf,
} from '@gateway/testing';
import { ADA, edgeClient, type EdgeClient, problemOf } from './edge-client';
import { copyWorkspace, type WorkspaceCopy } from './workspace-copy';

// What README.md, "Add an endpoint", says: its commands, in a copy of the workspace.

/** The commands of the page that begin with these words, as lists of arguments. */
function commandsOfPage(beginning: string): string[][] {
  const page = readFileSync('README.md', 'utf8');
  const section = page.slice(page.indexOf('\n## Add an endpoint'), page.indexOf('\n## Where to go next'));
  const commands = section.split('\n').filter((line) => line.startsWith(beginning));
  return commands.map((line) =>
    line
      .replace(/\s+#.*$/, '')
      .split(' ')
      .slice(1),
  );
}

const NX = { NX_DAEMON: 'false', NX_TUI: 'false' };
const PATH = '/api/v1/bookshelf/items';

let platform: Platform;
let copy: WorkspaceCopy;
let edge: EdgeClient;
let token: string;
let service: Program | undefined;
let startedAt: number;
const times: string[] = [];

beforeAll(async () => {
  copy = copyWorkspace();
  platform = await startPlatform({ wsNodes: 0 });
  edge = edgeClient(platform.edges[0]!.url, platform.caFile);
  token = await edge.login(...ADA);
  await platform.authority.issue('bookshelf-service', { folder: platform.identity('bookshelf-service') });
  await platform.authority.issue('operator', { folder: platform.identity('operator') });
  startedAt = performance.now();
});

afterAll(async () => {
  service?.signal('SIGTERM');
  await service?.ended;
  await edge?.close();
  await platform?.stop();
  copy?.remove();
  console.log(`from nothing: ${times.join(', ')}`);
});

const took = (what: string): number => times.push(`${what} ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);

const create = (json: unknown = { name: 'Emma' }, headers = { token }) => edge.call('POST', PATH, { json, ...headers });

test('two commands write a service and one more endpoint', async () => {
  const commands = commandsOfPage('npx nx g ');
  expect(commands).toHaveLength(2);
  for (const [program, ...args] of commands) await copy.run(program!, args, NX);
  took('written');
});

test('with the contract published, the edge answers from it before there is a service', async () => {
  const [[, ...build]] = commandsOfPage('npx buf ') as [string[]];
  const [[, ...push]] = commandsOfPage('npx gatewayctl ') as [string[]];
  mkdirSync(join(copy.folder, 'dist'));
  await copy.run('buf', build);
  const access = ['--registry', platform.registry.grpcAddress, '--identity', platform.identity('operator')];
  await copy.run('node', ['tools/run.mjs', 'tools/gatewayctl/main.ts', ...push, ...access]);
  await eventually(async () => expect((await create()).status).toBe(200), { within: 5_000 });
  const { body: description } = await edge.call('GET', '/openapi.json');
  expect(Object.keys(description.paths)).toEqual(expect.arrayContaining([PATH, `${PATH}/{id}`]));
  took('described and mocked');
});

test('started, it answers itself', async () => {
  await copy.run('node', ['tools/build/build.mjs', 'apps/bookshelf']);
  service = await launch({
    command: process.execPath,
    args: [join(copy.folder, 'dist/apps/bookshelf/main.js')],
    env: { PATH: process.env['PATH'], ...(await environment()) },
    logFile: join(platform.folder, 'log', 'bookshelf.log'),
  });
  const made = await eventually(
    async () => {
      const answer = await create({ name: 'Persuasion' });
      expect(answer).toMatchObject({ status: 200, body: { name: 'Persuasion' } });
      // A mock makes up names and ids: what was made is there only when the service itself has answered.
      expect(await edge.call('GET', `${PATH}/${answer.body.id}`, { token })).toMatchObject({ body: answer.body });
      return answer;
    },
    { within: 20_000 },
  ).catch((error: unknown) => {
    throw new Error(tailOf(join(platform.folder, 'log', 'bookshelf.log')), { cause: error });
  });
  took('real');
  expect(made.headers['ratelimit-policy']).toBe('"create-item";q=60;w=60');
});

test('its rules are kept', async () => {
  const wrong = await create({ name: '' });
  expect([problemOf(wrong).status, wrong.body.errors[0].pointer]).toEqual([400, '/name']);
  expect(problemOf(await edge.call('POST', PATH, { json: { name: 'Emma' } })).status).toBe(401);
  expect(problemOf(await edge.call('GET', `${PATH}/none`, { token })).status).toBe(404);
  const many = await Promise.all(Array.from({ length: 20 }, () => create()));
  const refused = many.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]!.headers['retry-after']).toBeDefined();
  took('refusing');
});

test('what was written passes the checks of the project', async () => {
  await Promise.all([
    copy.run('node', ['node_modules/typescript7/bin/tsc', '-p', 'apps/bookshelf/tsconfig.json']),
    copy.run('prettier', ['--check', 'apps/bookshelf', 'protos', 'k8s', 'README.md', 'libs/testing', 'tools/image']),
    copy.run('buf', ['lint', 'protos']),
  ]);
  const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', 'apps/bookshelf'];
  const lint = ['--max-warnings', '0', 'apps/bookshelf'];
  await Promise.all([copy.run('node', jest), copy.run('eslint', lint)]);
  took('checked');
});

/** The variables that `npm start` would give it. */
async function environment(): Promise<Record<string, string>> {
  const prefix = 'BOOKSHELF_';
  const spec = { name: 'bookshelf', identity: 'bookshelf-service', prefix, grpcPort: 0, adminPort: 0 };
  const ports = {
    bookshelf: { [`${prefix}GRPC_PORT`]: await freePort(), [`${prefix}ADMIN_PORT`]: await freePort() },
    'registry-daemon': { REGISTRY_GRPC_PORT: Number(platform.registry.grpcAddress.split(':')[1]) },
  };
  return environmentOf(serviceProcess(spec), { folder: platform.folder, redis: null, ports });
}
