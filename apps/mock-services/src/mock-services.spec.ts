import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadIdentity, spiffeIdFor } from '@gateway/mtls';
import { startService, type RunningService } from '@gateway/platform';
import { createAuthority, eventually, type Authority } from '@gateway/testing';
import { status } from '@grpc/grpc-js';
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import { mockServicesModule } from './app.module';
import { mockConfig, type MockConfig } from './config';
import { AuthService } from './gen/auth/v1/auth_service_pb';
import { ProjectService } from './gen/project/v1/project_service_pb';
import { SimulationService, SimulationState } from './gen/simulation/v1/simulation_service_pb';
import { RpcCaller } from './rpc.fixture';
import { loadScenarios } from './scenarios/stage-directions';

const ADA = { email: 'ada@example.com', password: 'analytical-engine-1843' };
const BOB = { email: 'bob@example.com', password: 'difference-engine-1822' };
const SERVICES = ['auth-service', 'project-service', 'simulation-service', 'echo-service'];
const auth = AuthService.method;
const project = ProjectService.method;
const simulation = SimulationService.method;

/** The first read waits and succeeds, the second fails, and then so does everything. */
const OUTAGE = `rules:
  - { in: down, fault: { cut: 1 } }
  - { method: project.v1.ProjectService/GetProject, when: { calls: { to: 1 } }, latency: 30ms }
  - { method: project.v1.ProjectService/GetProject, fault: { grpc: ABORTED, message: as planned }, then: down }
`;

const PICKY = `rules:
  - { when: { request: { project_id: { in: [p1] }, steps: 0 } }, fault: { grpc: FAILED_PRECONDITION } }
  - { when: { headers: { x-user-id: u-bob } }, fault: { grpc: RESOURCE_EXHAUSTED } }
  - { when: { request: { steps: { gt: 100 } } }, fault: { grpc: NOT_FOUND } }
  - { when: { headers: { x-trace-bin: { present: true } } }, fault: { grpc: INTERNAL } }
`;

// Each test starts programs; the machine may be busy.
jest.setTimeout(20_000);

let dir: string;
let authority: Authority;
let running: RunningService<MockConfig>;
let rpc: RpcCaller;

const start = () =>
  startService(
    { name: 'mock-services', config: mockConfig, module: mockServicesModule },
    {
      GATEWAY_LOG_LEVEL: 'silent',
      GATEWAY_DRAIN_DELAY: '0ms',
      MOCK_ADMIN_PORT: '0',
      MOCK_AUTH_PORT: '0',
      MOCK_PROJECT_PORT: '0',
      MOCK_SIMULATION_PORT: '0',
      MOCK_ECHO_PORT: '0',
      MOCK_IDENTITIES_DIR: dir,
      MOCK_STATE_DIR: join(dir, 'state'),
      MOCK_STEP_DURATION: '20ms',
      MOCK_SCENARIOS: join(dir, 'scenarios'),
    },
  );

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'mock-services-'));
  authority = await createAuthority(dir);
  for (const name of [...SERVICES, 'edge-router', 'auth-proxy', 'ws-node']) await authority.issue(name);
  mkdirSync(join(dir, 'scenarios'));
  writeFileSync(join(dir, 'scenarios', 'outage.yaml'), OUTAGE);
  writeFileSync(join(dir, 'scenarios', 'picky.yaml'), PICKY);
  rpc = new RpcCaller((name) => join(dir, name));
  running = await start();
}, 30_000);

afterAll(async () => {
  rpc.close();
  await running.stop();
  rmSync(dir, { recursive: true, force: true });
}, 30_000);

async function addressOf(name: string): Promise<number> {
  const { services } = (await running.service.info.read()) as { services: Record<string, string> };
  return Number(services[name]!.split(':')[1]);
}

const target = async (name: string) => ({ name: `${name}-service`, port: await addressOf(name) });
const edge = (userId?: string, sessionId = 's-1') => ({
  identity: 'edge-router',
  metadata: userId === undefined ? [] : ['x-user-id', userId, 'x-session-id', sessionId],
});
const proxy = { identity: 'auth-proxy' };
const admin = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${running.admin.port}${path}`, { method });

const login = async (who = ADA) => rpc.call(await target('auth'), auth.login, who, edge());

describe('the Auth service', () => {
  test('a login yields a token that its published keys verify', async () => {
    const { accessToken, expiresIn } = await login();
    const { jwks } = await rpc.call(await target('auth'), auth.getJwks, {}, proxy);
    const keys = JSON.parse(jwks);
    const { payload, protectedHeader } = await jwtVerify(accessToken, createLocalJWKSet(keys), {
      issuer: 'https://auth.gateway.local',
      audience: 'gateway',
      typ: 'at+jwt',
    });
    expect(payload).toMatchObject({ sub: 'u-ada', scope: 'projects:read projects:write', sid: expect.any(String) });
    expect(payload.exp! - payload.iat!).toBe(900);
    expect(expiresIn).toBe(900);
    expect(protectedHeader.alg).toBe('ES256');
    expect(keys.keys[0]).not.toHaveProperty('d');
  });

  test.each([
    ['a wrong password', { ...ADA, password: 'wrong' }],
    ['an unknown address', { email: 'eve@example.com', password: 'x' }],
  ])('%s is UNAUTHENTICATED', async (_name, credentials) => {
    await expect(login(credentials)).rejects.toMatchObject({ status: status.UNAUTHENTICATED });
  });

  test('an empty password is INVALID_ARGUMENT; the address is not case sensitive', async () => {
    await expect(login({ ...ADA, password: '' })).rejects.toMatchObject({ status: status.INVALID_ARGUMENT });
    expect((await login({ ...ADA, email: 'Ada@Example.COM' })).accessToken).not.toBe('');
  });

  test('a refresh keeps the session and ends the old refresh token; using that again ends the session', async () => {
    const to = await target('auth');
    const first = await login();
    const second = await rpc.call(to, auth.refresh, { refreshToken: first.refreshToken }, edge());
    expect(decodeJwt(second.accessToken)['sid']).toBe(decodeJwt(first.accessToken)['sid']);
    const replay = (refreshToken: string) => rpc.call(to, auth.refresh, { refreshToken }, edge());
    await expect(replay(first.refreshToken)).rejects.toMatchObject({ status: status.UNAUTHENTICATED });
    await expect(replay(second.refreshToken)).rejects.toMatchObject({ status: status.UNAUTHENTICATED });
    await expect(replay('garbage')).rejects.toMatchObject({ status: status.UNAUTHENTICATED });
  });

  test('a logout ends the session', async () => {
    const to = await target('auth');
    const { accessToken: token, refreshToken } = await login();
    const sid = decodeJwt(token)['sid'] as string;
    expect(await rpc.call(to, auth.validateToken, { token }, proxy)).toMatchObject({
      valid: true,
      subject: 'u-ada',
      sessionId: sid,
      scopes: ['projects:read', 'projects:write'],
    });
    await rpc.call(to, auth.logout, {}, edge('u-ada', sid));
    expect(await rpc.call(to, auth.validateToken, { token }, proxy)).toMatchObject({ valid: false });
    await expect(rpc.call(to, auth.refresh, { refreshToken }, edge())).rejects.toMatchObject({
      status: status.UNAUTHENTICATED,
    });
  });

  test('opaque tokens are valid without an end, garbage is not', async () => {
    const to = await target('auth');
    const validate = (token: string) => rpc.call(to, auth.validateToken, { token }, proxy);
    const verdict = await validate('opaque-token-of-bob');
    expect(verdict).toMatchObject({ valid: true, subject: 'u-bob', sessionId: '' });
    expect(verdict.expiresAt).toBeUndefined();
    expect(await validate('garbage')).toMatchObject({ valid: false, subject: '' });
  });

  test.each([
    ['u-ada', 'project:read', 'p1', true],
    ['u-ada', 'project:write', 'p2', true],
    ['u-bob', 'project:read', 'p1', true],
    ['u-bob', 'project:write', 'p1', false],
    ['u-bob', 'project:read', 'p2', false],
    ['u-eve', 'project:read', 'p1', false],
    ['u-ada', 'project:destroy', 'p1', false],
    ['u-bob', 'project:read', 'unknown', true],
  ])('%s %s %s: %s', async (subject, permission, resource, allowed) => {
    const question = { subject, permission, resource };
    expect(await rpc.call(await target('auth'), auth.checkPermission, question, proxy)).toMatchObject({ allowed });
  });

  test('the profile is the caller’s own', async () => {
    const to = await target('auth');
    expect(await rpc.call(to, auth.getUser, {}, edge('u-bob'))).toMatchObject({ id: 'u-bob', email: BOB.email });
    await expect(rpc.call(to, auth.getUser, {}, edge())).rejects.toMatchObject({ status: status.UNAUTHENTICATED });
    await expect(rpc.call(to, auth.getUser, {}, edge('u-eve'))).rejects.toMatchObject({ status: status.NOT_FOUND });
  });
});

describe('who may call', () => {
  const denied = { status: status.PERMISSION_DENIED };

  test('the edge may not ask what is the auth-proxy’s, nor the other way round', async () => {
    const to = await target('auth');
    await expect(rpc.call(to, auth.getJwks, {}, edge())).rejects.toMatchObject(denied);
    await expect(rpc.call(to, auth.login, ADA, proxy)).rejects.toMatchObject(denied);
  });

  test.each(['auth-proxy', 'ws-node', 'auth-service'])(
    '%s may call neither projects nor simulations',
    async (identity) => {
      const as = { identity, metadata: ['x-user-id', 'u-ada'] };
      const update = { projectId: 'p1', name: 'stolen' };
      await expect(rpc.call(await target('project'), project.updateProject, update, as)).rejects.toMatchObject(denied);
      await expect(rpc.call(await target('simulation'), simulation.getSimulation, {}, as)).rejects.toMatchObject(
        denied,
      );
    },
  );
});

describe('the Project service', () => {
  const call = async <M extends (typeof project)[keyof typeof project]>(method: M, request: object, userId = 'u-ada') =>
    rpc.call(await target('project'), method as never, request as never, edge(userId)) as never as Promise<
      Record<string, never>
    >;

  test('lists what the caller may read, page by page', async () => {
    const all = await rpc.call(await target('project'), project.listProjects, {}, edge('u-ada'));
    expect(all.projects.map(({ id }) => id)).toEqual(expect.arrayContaining(['p1', 'p2']));
    const first = await rpc.call(await target('project'), project.listProjects, { pageSize: 1 }, edge('u-ada'));
    expect(first.projects).toMatchObject([{ id: 'p1', ownerId: 'u-ada', revision: expect.any(Number) }]);
    const next = { pageSize: 1, pageToken: first.nextPageToken };
    const second = await rpc.call(await target('project'), project.listProjects, next, edge('u-ada'));
    expect(second.projects).toMatchObject([{ id: 'p2' }]);
    const bobs = await rpc.call(await target('project'), project.listProjects, {}, edge('u-bob'));
    expect(bobs).toMatchObject({ projects: [{ id: 'p1' }], nextPageToken: '' });
  });

  test.each([{ pageSize: 101 }, { pageSize: -1 }, { pageToken: 'garbage' }])('refuses %j', async (request) => {
    await expect(call(project.listProjects, request)).rejects.toMatchObject({ status: status.INVALID_ARGUMENT });
  });

  test('creates, changes what is present, and deletes; the owner gets both permissions', async () => {
    const to = await target('project');
    const made = await rpc.call(to, project.createProject, { name: 'Difference Engine', tags: ['a'] }, edge('u-bob'));
    expect(made).toMatchObject({ name: 'Difference Engine', ownerId: 'u-bob', tags: ['a'], revision: 1 });
    const question = { subject: 'u-bob', permission: 'project:write', resource: made.id };
    expect(await rpc.call(await target('auth'), auth.checkPermission, question, proxy)).toMatchObject({
      allowed: true,
    });
    const foreign = { ...question, subject: 'u-ada' };
    expect(await rpc.call(await target('auth'), auth.checkPermission, foreign, proxy)).toMatchObject({
      allowed: false,
    });

    const change = { projectId: made.id, description: 'No. 2' };
    const changed = await rpc.call(to, project.updateProject, change, edge('u-bob'));
    expect(changed).toMatchObject({ name: 'Difference Engine', description: 'No. 2', tags: ['a'], revision: 2 });
    expect(await rpc.call(to, project.updateProject, { projectId: made.id }, edge('u-bob'))).toEqual(changed);
    expect(await rpc.call(to, project.getProject, { projectId: made.id }, edge('u-bob'))).toEqual(changed);

    await rpc.call(to, project.deleteProject, { projectId: made.id }, edge('u-bob'));
    await expect(call(project.getProject, { projectId: made.id })).rejects.toMatchObject({ status: status.NOT_FOUND });
  });

  test('what does not exist is NOT_FOUND', async () => {
    for (const method of [project.getProject, project.updateProject, project.deleteProject])
      await expect(call(method, { projectId: 'nope', name: 'x' })).rejects.toMatchObject({ status: status.NOT_FOUND });
  });

  test.each([
    { name: '' },
    { name: 'x'.repeat(101) },
    { name: 'x', description: 'd'.repeat(2001) },
    { name: 'x', tags: Array(21).fill('t') },
  ])('refuses wrong content (%#)', async (content) => {
    await expect(call(project.createProject, content)).rejects.toMatchObject({ status: status.INVALID_ARGUMENT });
  });

  test('a call without a user is UNAUTHENTICATED', async () => {
    const to = await target('project');
    await expect(rpc.call(to, project.listProjects, {}, edge())).rejects.toMatchObject({
      status: status.UNAUTHENTICATED,
    });
  });
});

describe('the Simulation service', () => {
  test('a simulation gets on with time, until it is done', async () => {
    const to = await target('simulation');
    const request = { projectId: 'p2', kind: 'orbit', steps: 5 };
    const made = await rpc.call(to, simulation.createSimulation, request, edge('u-ada'));
    expect(made).toMatchObject({ ...request, state: SimulationState.RUNNING });
    const get = (userId: string) => rpc.call(to, simulation.getSimulation, { simulationId: made.id }, edge(userId));
    await expect(get('u-bob')).rejects.toMatchObject({ status: status.PERMISSION_DENIED });
    await eventually(async () =>
      expect(await get('u-ada')).toMatchObject({ completedSteps: 5, state: SimulationState.DONE }),
    );
  });

  test('a simulation is watched until it is done', async () => {
    const to = await target('simulation');
    const as = edge('u-ada');
    const { id } = await rpc.call(to, simulation.createSimulation, { projectId: 'p2', kind: 'orbit', steps: 5 }, as);
    const states = [];
    for await (const state of rpc.stream(to, simulation.watchSimulation, { simulationId: id }, as)) states.push(state);
    const steps = states.map(({ completedSteps }) => completedSteps);
    expect(new Set(steps).size).toBe(steps.length);
    expect([...steps].sort((a, b) => a - b)).toEqual(steps);
    expect(states.at(-1)).toMatchObject({ id, completedSteps: 5, state: SimulationState.DONE });
    expect(states.length).toBeGreaterThan(1);
  });

  test('who may not read a simulation may not watch it', async () => {
    const to = await target('simulation');
    const request = { projectId: 'p2', kind: 'orbit', steps: 1 };
    const { id } = await rpc.call(to, simulation.createSimulation, request, edge('u-ada'));
    const next = (simulationId: string, userId: string) =>
      rpc.stream(to, simulation.watchSimulation, { simulationId }, edge(userId)).next();
    await expect(next(id, 'u-bob')).rejects.toMatchObject({ status: status.PERMISSION_DENIED });
    await expect(next('x', 'u-ada')).rejects.toMatchObject({ status: status.NOT_FOUND });
  });

  test('nobody works for a watcher who has left', async () => {
    const to = await target('simulation');
    const request = { projectId: 'p2', kind: 'orbit', steps: 100_000 };
    const as = edge('u-ada');
    const { id } = await rpc.call(to, simulation.createSimulation, request, as);
    for await (const { state } of rpc.stream(to, simulation.watchSimulation, { simulationId: id }, as)) {
      expect(state).toBe(SimulationState.RUNNING);
      break;
    }
    const cancelled = /grpc_server_requests_total\{[^}]*method="WatchSimulation",code="CANCELLED"\} 1/;
    await eventually(async () => expect(await running.service.metrics.metrics()).toMatch(cancelled));
  });

  test.each([
    [{ projectId: 'nope', kind: 'k', steps: 1 }, status.NOT_FOUND],
    [{ projectId: 'p1', kind: '', steps: 1 }, status.INVALID_ARGUMENT],
    [{ projectId: 'p1', kind: 'k', steps: 0 }, status.INVALID_ARGUMENT],
  ])('refuses %j', async (request, code) => {
    const to = await target('simulation');
    await expect(rpc.call(to, simulation.createSimulation, request, edge('u-ada'))).rejects.toMatchObject({
      status: code,
    });
  });

  test('an unknown simulation is NOT_FOUND', async () => {
    const to = await target('simulation');
    await expect(rpc.call(to, simulation.getSimulation, { simulationId: 'x' }, edge('u-ada'))).rejects.toMatchObject({
      status: status.NOT_FOUND,
    });
  });
});

describe('the echo', () => {
  interface Answer {
    readonly status: number;
    readonly headers: Record<string, unknown>;
    readonly body: Buffer;
  }

  async function echo(
    path: string,
    { method = 'GET', body, as = 'edge-router' }: { method?: string; body?: Buffer | string; as?: string } = {},
  ) {
    const port = await addressOf('echo');
    const identity = loadIdentity(join(dir, as), { pollMs: 0 });
    const agent = new Agent(identity.tlsClientOptions({ expect: spiffeIdFor('echo-service') }));
    return new Promise<Answer>((resolve, reject) => {
      const request = httpsRequest(
        { host: '127.0.0.1', port, path, method, agent, headers: { 'x-test': 'yes' } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
          );
        },
      );
      request.on('error', reject);
      request.end(body);
    }).finally(() => agent.destroy());
  }
  const json = ({ body }: Answer) => JSON.parse(body.toString()) as unknown;

  test('shows what it saw', async () => {
    expect(json(await echo('/a/b?c=d', { method: 'POST', body: 'hello' }))).toMatchObject({
      method: 'POST',
      path: '/a/b',
      query: { c: 'd' },
      headers: { 'x-test': 'yes' },
      body: 'hello',
    });
    const bytes = Buffer.from([0xff, 0x00]);
    expect(json(await echo('/', { method: 'PUT', body: bytes }))).toMatchObject({
      body: bytes.toString('base64'),
      bodyEncoding: 'base64',
    });
  });

  test.each(['/stream', '/anything'])('streams a large body back: %s', async (path) => {
    const body = Buffer.alloc(300_000, 'abcdefg');
    const answer = await echo(path, { method: 'POST', body });
    expect(answer.body.equals(body)).toBe(true);
  });

  test('makes bytes, digests them, and answers with any status, also late', async () => {
    const { body, headers } = await echo('/echo/bytes/200000');
    expect(headers['content-length']).toBe('200000');
    expect(body.length).toBe(200_000);
    expect([body[0], body[250], body[251], body[199_999]]).toEqual([0, 250, 0, 199_999 % 251]);
    expect(json(await echo('/digest', { method: 'POST', body: 'abc' }))).toEqual({
      bytes: 3,
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    });
    expect((await echo('/status/503')).status).toBe(503);
    expect((await echo('/status/204')).body).toHaveLength(0);
    expect(json(await echo('/delay/1'))).toMatchObject({ path: '/delay/1' });
  });

  test('only the edge may call', async () => {
    expect((await echo('/', { as: 'ws-node' })).status).toBe(403);
  });
});

describe('the admin plane', () => {
  beforeEach(() => admin('/calls', 'DELETE'));

  test('counts calls, and forgets them', async () => {
    const get = async () => rpc.call(await target('project'), project.getProject, { projectId: 'p1' }, edge('u-ada'));
    await get();
    await get();
    expect(await (await admin('/calls')).json()).toEqual({ 'project.v1.ProjectService/GetProject': 2 });
    expect((await admin('/calls', 'DELETE')).status).toBe(204);
    expect(await (await admin('/calls')).json()).toEqual({});
  });

  test('stops and starts one listener', async () => {
    const to = await target('project');
    const get = () => rpc.call(to, project.getProject, { projectId: 'p1' }, edge('u-ada'));
    await get();
    expect(await (await admin('/services/project/stop', 'POST')).json()).toEqual({
      service: 'project',
      listening: false,
    });
    await expect(get()).rejects.toMatchObject({ status: status.UNAVAILABLE });
    await login();
    expect((await admin('/services/project/start', 'POST')).status).toBe(200);
    await eventually(get, { within: 2_000 });
  });

  test('stops and starts the echo too; an unknown service is 404', async () => {
    const port = await addressOf('echo');
    const reachable = () =>
      fetch(`https://127.0.0.1:${port}/`).catch((error: Error) => (error.cause as { code: string }).code);
    await admin('/services/echo/stop', 'POST');
    expect(await reachable()).toBe('ECONNREFUSED');
    await admin('/services/echo/start', 'POST');
    expect(await reachable()).not.toBe('ECONNREFUSED');
    expect((await admin('/services/nope/stop', 'POST')).status).toBe(404);
    expect((await admin('/services/constructor/stop', 'POST')).status).toBe(404);
  });
});

test('tokens survive a restart, because the signing key does', async () => {
  const { accessToken: token } = await login(BOB);
  await running.stop();
  running = await start();
  expect(await rpc.call(await target('auth'), auth.validateToken, { token }, proxy)).toMatchObject({
    valid: true,
    subject: 'u-bob',
  });
}, 20_000);

test('production is refused', () => {
  const check = mockConfig.check!;
  const values = (profile: 'production' | 'development') => ({ profile }) as MockConfig;
  expect(check(values('development'))).toEqual([]);
  expect(check(values('production'))).toEqual([expect.stringContaining('GATEWAY_PROFILE')]);
});

describe('a scenario', () => {
  test('has calls wait and fail until it is taken off', async () => {
    const to = await target('project');
    const get = () => rpc.call(to, project.getProject, { projectId: 'p1' }, edge('u-ada'));
    const list = () => rpc.call(to, project.listProjects, {}, edge('u-ada'));
    expect(await (await admin('/scenario')).json()).toEqual({
      scenario: null,
      state: null,
      calls: 0,
      known: ['outage', 'picky'],
    });
    expect((await admin('/scenario/nothing', 'POST')).status).toBe(404);
    expect((await admin('/scenario/outage', 'POST')).status).toBe(200);
    expect(await get()).toMatchObject({ id: 'p1' });
    await expect(get()).rejects.toMatchObject({ status: status.ABORTED, details: 'as planned' });
    await expect(list()).rejects.toMatchObject({ status: status.UNAVAILABLE });
    expect(await (await admin('/scenario')).json()).toMatchObject({ scenario: 'outage', state: 'down', calls: 3 });
    expect((await admin('/scenario', 'DELETE')).status).toBe(204);
    expect((await list()).projects.length).toBeGreaterThan(0);
  });

  test('is for calls by their fields and their metadata', async () => {
    const [projects, simulations] = [await target('project'), await target('simulation')];
    expect((await admin('/scenario/picky', 'POST')).status).toBe(200);
    const get = (projectId: string, userId: string) =>
      rpc.call(projects, project.getProject, { projectId }, edge(userId));
    await expect(get('p1', 'u-ada')).rejects.toMatchObject({ status: status.FAILED_PRECONDITION });
    await expect(get('p2', 'u-bob')).rejects.toMatchObject({ status: status.RESOURCE_EXHAUSTED });
    expect(await get('p2', 'u-ada')).toMatchObject({ id: 'p2' });
    const create = (steps: number) =>
      rpc.call(simulations, simulation.createSimulation, { projectId: 'p1', kind: 'rain', steps }, edge('u-ada'));
    expect(await create(100)).toMatchObject({ steps: 100 });
    await expect(create(101)).rejects.toMatchObject({ status: status.NOT_FOUND });
    // What isn't text isn't compared.
    const binary = { ...edge('u-ada'), metadata: ['x-user-id', 'u-ada', 'x-trace-bin', 'AQ=='] };
    expect(await rpc.call(projects, project.listProjects, {}, binary)).toMatchObject({ projects: expect.anything() });
    expect((await admin('/scenario', 'DELETE')).status).toBe(204);
  });

  test('that is wrong is named at the start', () => {
    const wrong = join(dir, 'wrong');
    mkdirSync(wrong);
    writeFileSync(join(wrong, 'a.yaml'), 'rules: [{ nope: 1 }]');
    writeFileSync(join(wrong, 'notes.txt'), 'not a scenario');
    expect(() => loadScenarios(wrong)).toThrow(
      expect.objectContaining({ problems: ['MOCK_SCENARIOS: a.yaml: rules[0].nope: is not a key'] }),
    );
  });
});
