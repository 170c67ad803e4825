import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { grpcHealthV1 } from '@gateway/contracts';
import { eventually, startPlatform, type Platform } from '@gateway/testing';
import { edgeClient, type EdgeClient } from './edge-client';
import { grpcCaller, type GrpcCaller } from './grpc-client';

/** How long the registry and the edge may take to agree about what has died or come back, in milliseconds. */
const AGREED_MS = 20_000;

let platform: Platform;
let edge: EdgeClient;
let door: GrpcCaller;

beforeAll(async () => {
  platform = await startPlatform({ wsNodes: 2 });
  edge = edgeClient(platform.edges[0]!.url, platform.caFile);
  door = grpcCaller(new URL(platform.edges[0]!.url).host, null, platform.caFile);
});
afterAll(async () => {
  door?.close();
  await edge?.close();
  await platform?.stop();
});

interface Node {
  readonly state: string;
  readonly why: string;
  readonly since: string;
}
interface Tree extends Node {
  readonly services: (Node & {
    name: string;
    instances: (Node & { id: string; dependencies: (Node & { name: string })[] })[];
  })[];
}

/** The operator's tree, computed now. */
const tree = (): Promise<Tree> => platform.edges[0]!.adminJson('/health?fresh');
const service = (of: Tree, name: string) => of.services.find((each) => each.name === name)!;

async function becomes(state: string): Promise<Tree> {
  let last: Tree | undefined;
  await eventually(
    async () => {
      last = await tree();
      expect(`${last.state}: ${last.why}`).toMatch(new RegExp(`^${state}:`));
    },
    { within: AGREED_MS },
  );
  return last!;
}

/** The public page says what the operator's tree says, and nothing more. */
async function publicSays(status: number, verdict: string): Promise<void> {
  const answer = await edge.call('GET', '/health');
  expect([answer.status, answer.body]).toEqual([status, { status: verdict }]);
  expect(answer.headers['content-type']).toBe('application/json');
  expect(answer.headers['ratelimit']).toContain('"health"');
}

const Serving = grpcHealthV1.HealthCheckResponse_ServingStatus;

/** What RPC clients, who need no credential for it, are told of a service. */
async function doorSays(status: keyof typeof Serving): Promise<void> {
  await eventually(
    async () => {
      const told = await door.unary(grpcHealthV1.Health.method.check, { service: 'project.v1.ProjectService' });
      expect(Serving[told.status]).toBe(status);
    },
    { within: AGREED_MS },
  );
}

test('a platform that is up is ok, from the services down to what their instances work with', async () => {
  const { services } = await becomes('ok');
  expect(services.map(({ name }) => name)).toEqual([
    'edge-router',
    'auth-proxy',
    'auth-service',
    'echo-service',
    'project-service',
    'registry-daemon',
    'simulation-service',
    'ws-node',
  ]);
  const checksOf = (name: string) =>
    service({ services } as Tree, name).instances.map(({ dependencies }) => dependencies.map((each) => each.name));
  expect(checksOf('edge-router')[0]).toEqual(expect.arrayContaining(['identity', 'redis', 'registry', 'auth']));
  expect(checksOf('ws-node')).toHaveLength(2);
  for (const checks of checksOf('ws-node'))
    expect(checks).toEqual(expect.arrayContaining(['redis', 'registration of ws-node']));
  expect(checksOf('registry-daemon')[0]).toEqual(expect.arrayContaining(['redis', 'journal']));
  await publicSays(200, 'ok');
});

test('services that are killed take the platform down, with the reason and the time; started again it is ok', async () => {
  await doorSays('SERVING');
  const before = Date.now();
  await platform.mocks.kill();
  const down = await becomes('down');
  const project = service(down, 'project-service');
  expect(project).toMatchObject({
    state: 'down',
    why: expect.stringMatching(/no usable instance|no instance is known/),
  });
  expect(Date.parse(project.since)).toBeGreaterThanOrEqual(before - 1);
  expect(down.why).toContain('project-service is down');
  expect(service(down, 'auth-proxy').state).not.toBe('down');
  await publicSays(503, 'down');
  await doorSays('NOT_SERVING');

  await platform.mocks.restart();
  const up = await becomes('ok');
  expect(Date.parse(service(up, 'project-service').since)).toBeGreaterThan(Date.parse(project.since));
  await publicSays(200, 'ok');
  await doorSays('SERVING');
});

test('one node of several that is killed degrades the platform, which serves', async () => {
  const [victim] = platform.wsNodes;
  await victim!.kill();
  expect(service(await becomes('degraded'), 'ws-node')).toMatchObject({ state: 'degraded' });
  await publicSays(200, 'degraded');
  await victim!.restart();
  await becomes('ok');
});

test('what everyone can do without degrades only', async () => {
  await platform.redis.kill();
  const degraded = await becomes('degraded');
  const self = service(degraded, 'edge-router').instances[0]!;
  expect(self.dependencies.find(({ name }) => name === 'redis')).toMatchObject({ state: 'down' });
  await platform.redis.restart();
  await becomes('ok');
});
