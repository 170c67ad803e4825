import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { eventually, type Platform, startPlatform } from '@gateway/testing';
import { ADA, type Answer, edgeClient, type EdgeClient, GRACE, problemOf } from './edge-client';

// A whole platform on a machine that others use too.
jest.setTimeout(60_000);

const OWNER = 'spiffe://gateway.local/new-service';
const INSTANCE = {
  ...{ id: 'one', service: 'new-service', address: 'localhost:12345', protocol: 'PROTOCOL_HTTP1', zone: 'z1' },
  healthCheck: { kind: 'KIND_NONE' },
};

let platform: Platform;
let edge: EdgeClient;
let grace: string;

beforeAll(async () => {
  platform = await startPlatform({ wsNodes: 0 });
  edge = edgeClient(platform.edges[0]!.url, platform.caFile);
  grace = await edge.login(...GRACE);
});
afterAll(async () => {
  await edge?.close();
  await platform?.stop();
});

const discovered = (service = ''): Promise<Answer> =>
  edge.call('GET', `/api/registry/v1/services${service}`, { token: grace });

test('an operator sees every instance over REST', async () => {
  const answer = await discovered();
  expect(answer.status).toBe(200);
  const services = new Set(answer.body.instances.map(({ service }: { service: string }) => service));
  expect([...services]).toEqual(expect.arrayContaining(['project-service', 'registry-daemon', 'auth-proxy']));
  const projects = await discovered('/project-service');
  expect(projects.body.instances).toMatchObject([{ service: 'project-service', state: 'INSTANCE_STATE_READY' }]);
  const { digest } = projects.body.contracts[0];
  const contract = await edge.call('GET', `/api/registry/v1/contracts/${digest}`, { token: grace });
  expect(contract.body.contract).toMatchObject({ service: 'project-service', digest });
});

test('an operator registers an instance, keeps it and takes it back, with HTTP alone', async () => {
  const registration = { instance: INSTANCE, owner: OWNER, lease: '30s' };
  const registered = await edge.call('POST', '/api/registry/v1/instances', { token: grace, json: registration });
  expect(registered.status).toBe(200);
  const { leaseId } = registered.body;
  expect((await discovered('/new-service')).body.instances).toMatchObject([
    { id: 'one', owner: OWNER, zone: 'z1', state: 'INSTANCE_STATE_READY' },
  ]);
  const renewal = { token: grace, json: { state: 'INSTANCE_STATE_DRAINING', load: { connections: 3 } } };
  const renewed = await edge.call('POST', `/api/registry/v1/leases/${leaseId}:renew`, renewal);
  expect(renewed).toMatchObject({ status: 200, body: { lease: '30s' } });
  await eventually(async () => {
    expect((await discovered('/new-service')).body.instances).toMatchObject([{ state: 'INSTANCE_STATE_DRAINING' }]);
  });
  const gone = await edge.call('DELETE', `/api/registry/v1/leases/${leaseId}`, { token: grace });
  expect(gone.status).toBe(200);
  expect((await discovered('/new-service')).body.instances).toEqual([]);
  expect((await edge.call('POST', `/api/registry/v1/leases/${leaseId}:renew`, renewal)).status).toBe(404);
});

test('an operator says whose the instance is, and what is wrong is named', async () => {
  const post = (json: object) => edge.call('POST', '/api/registry/v1/instances', { token: grace, json });
  const ownerless = await post({ instance: INSTANCE });
  expect(ownerless.status).toBe(400);
  expect(problemOf(ownerless).detail).toMatch(/owner: must be the SPIFFE id/);
  const healthCheck = { kind: 'KIND_HTTP', target: 'healthz' };
  const wrong = await post({ instance: { ...INSTANCE, healthCheck }, owner: OWNER });
  expect(wrong.status).toBe(400);
  expect(problemOf(wrong).detail).toMatch(/instance\.health_check\.target: must be a path/);
});

test('others don’t get there', async () => {
  const ada = await edge.login(...ADA);
  const forbidden = await edge.call('GET', '/api/registry/v1/services', { token: ada });
  expect(problemOf(forbidden)).toMatchObject({ status: 403, code: 'GW_FORBIDDEN' });
  const register = { token: ada, json: { instance: INSTANCE, owner: OWNER } };
  expect((await edge.call('POST', '/api/registry/v1/instances', register)).status).toBe(403);
  const pretending = { headers: { 'x-user-id': 'u-grace', 'x-user-scopes': 'registry:admin' } };
  expect((await edge.call('GET', '/api/registry/v1/services', pretending)).status).toBe(401);
  expect((await edge.call('GET', '/api/registry/v1/services', { token: ada, ...pretending })).status).toBe(403);
});
