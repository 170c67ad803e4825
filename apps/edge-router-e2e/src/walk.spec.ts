import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, startPlatform, type Platform } from '@gateway/testing';
import { connect } from 'node:http2';
import { readFileSync } from 'node:fs';
import { apiClient, type ApiClient } from './api-client';
import { ADA, BOB, edgeClient, problemOf, type EdgeClient } from './edge-client';
import { projectReaders } from './project-readers';
import { connectRoomClient } from './socket-client';

let platform: Platform;
let edge: EdgeClient;
let client: ApiClient;
let ada: string;

beforeAll(async () => {
  platform = await startPlatform({ wsNodes: 2 });
  edge = edgeClient(platform.edges[0]!.url, platform.caFile);
  client = apiClient(platform.edges[0]!.url, platform.caFile);
  ada = await edge.login(...ADA);
});
afterAll(async () => {
  await edge?.close();
  await client?.close();
  await platform?.stop();
});

test('step 1: login answers with tokens', async () => {
  const [email, password] = ADA;
  const { response, data } = await client.api.POST('/api/v1/auth/login', { body: { email, password } });
  expect(response.status).toBe(200);
  expect(data).toEqual({
    accessToken: expect.any(String),
    refreshToken: expect.any(String),
    expiresIn: expect.any(Number),
  });
  // @ts-expect-error -- the client knows what a login takes
  const { error } = await client.api.POST('/api/v1/auth/login', { body: { user: email } });
  expect(error).toMatchObject({ code: 'GW_INVALID_FIELD' });
});

test('step 2: a project is a miss, then a hit, with every header that the contract promises', async () => {
  const read = () =>
    client.api.GET('/api/v1/projects/{project_id}', {
      params: { path: { project_id: 'p2' } },
      headers: { authorization: `Bearer ${ada}` },
    });
  const first = await read();
  expect(first.response.status).toBe(200);
  expect(first.data).toMatchObject({ id: 'p2', name: expect.any(String), ownerId: expect.any(String) });
  expect(Object.fromEntries(first.response.headers)).toMatchObject({
    'cache-status': expect.stringContaining('fwd'),
    'ratelimit-policy': expect.stringContaining('"per-user";q=300;w=60'),
    ratelimit: expect.stringMatching(/"per-user";r=\d+;t=\d+/),
    'x-request-id': expect.any(String),
    traceresponse: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/),
  });
  const second = await read();
  expect(second.response.headers.get('cache-status')).toMatch(/^gateway; hit; ttl=\d+/);
  expect(second.data).toEqual(first.data);
});

test('steps 3 and 4: two sockets on two nodes hear of a change once, and the cache does too', async () => {
  const clients = [
    await connectRoomClient(platform.edges[0]!.url, platform.caFile, ada),
    await connectRoomClient(platform.edges[0]!.url, platform.caFile, ada),
  ];
  const counts = await Promise.all(platform.wsNodes.map((node) => node.adminJson('/info')));
  expect(counts.map((info) => info['connections'])).toEqual([1, 1]);
  for (const client of clients) expect(await client.ask('join', { room: 'project:p1' })).toMatchObject({ ok: true });

  await edge.call('GET', '/api/v1/projects/p1', { token: ada });
  const name = `Engine ${Date.now()}`;
  const changed = await edge.call('PATCH', '/api/v1/projects/p1', { token: ada, json: { name } });
  expect(changed.status).toBe(200);
  expect(changed.body.name).toBe(name);
  const after = await edge.call('GET', '/api/v1/projects/p1', { token: ada });
  expect(after.headers['cache-status']).toContain('fwd');
  expect(after.body.name).toBe(name);

  await eventually(() => {
    for (const client of clients) expect(client.received('project_updated')).toHaveLength(1);
  });
  // Another message through the same room: whatever came twice would be here by now.
  const published = await clients[0]!.ask('publish', { room: 'project:p1', event: 'note', data: { text: 'after' } });
  expect(published).toMatchObject({ ok: true });
  await eventually(() => {
    for (const client of clients) expect(client.received('note')).toHaveLength(1);
  });
  for (const client of clients) {
    expect(client.received('project_updated')).toEqual([
      {
        id: expect.any(String),
        room: 'project:p1',
        offset: expect.any(String),
        time: expect.any(String),
        data: expect.objectContaining({ project_id: 'p1' }),
      },
    ]);
    client.close();
  }
});

test('a simulation is watched until it is done, as lines and as events', async () => {
  const json = { projectId: 'p1', kind: 'orbit', steps: 3 };
  const { body: made } = await edge.call('POST', '/api/v1/simulations', { token: ada, json });
  const path = `/api/v1/simulations/${made.id}:watch`;
  const [lines, events] = await Promise.all([
    edge.call('GET', path, { token: ada }),
    edge.call('GET', path, { token: ada, headers: { accept: 'text/event-stream' } }),
  ]);
  expect([lines.status, lines.headers['content-type']]).toEqual([200, 'application/x-ndjson']);
  const states = lines.body.trim().split('\n').map(JSON.parse) as {
    id: string;
    completedSteps: number;
    state: string;
  }[];
  expect(states[0]).toMatchObject({ id: made.id, state: 'SIMULATION_STATE_RUNNING' });
  expect(states.at(-1)).toMatchObject({ id: made.id, completedSteps: 3, state: 'SIMULATION_STATE_DONE' });
  expect([events.status, events.headers['content-type']]).toEqual([200, 'text/event-stream']);
  const blocks = events.body.trim().split('\n\n') as string[];
  expect(blocks[0]).toMatch(/^retry: \d+$/);
  expect(blocks[1]).toMatch(/^id: 1\ndata: \{.*\}$/);
  expect(blocks.at(-1)).toContain('"state":"SIMULATION_STATE_DONE"');
  const bob = await edge.login(...BOB);
  const others = await edge.call('POST', '/api/v1/simulations', { token: ada, json: { ...json, projectId: 'p2' } });
  const refused = await edge.call('GET', `/api/v1/simulations/${others.body.id}:watch`, { token: bob });
  expect(problemOf(refused)).toMatchObject({ status: 403, code: 'GW_FORBIDDEN' });
});

test('step 5: every refusal has its status and is a problem document', async () => {
  const bob = await edge.login(...BOB);
  const refused = await Promise.all([
    edge.call('GET', '/api/v1/projects/p1'),
    edge.call('PATCH', '/api/v1/projects/p1', { token: bob, json: { name: 'mine' } }),
    edge.call('PATCH', '/api/v1/projects/p1', { token: ada, json: { name: 7 } }),
    edge.call('GET', '/api/v1/nothing', { token: ada }),
    edge.call('DELETE', '/api/v1/auth/login'),
  ]);
  expect(refused.map((answer) => answer.status)).toEqual([401, 403, 400, 404, 405]);
  expect(refused.map((answer) => problemOf(answer).status)).toEqual([401, 403, 400, 404, 405]);
  expect(refused[2]!.body.errors[0].pointer).toBe('/name');
});

test('step 5: the eleventh login of a minute is refused and told when to come back', async () => {
  const attempt = () =>
    edge.call('POST', '/api/v1/auth/login', { json: { email: 'eve@example.com', password: 'guess' } });
  const answers = [];
  for (let i = 0; i < 11; i++) answers.push(await attempt());
  const last = answers.at(-1)!;
  expect(last.status).toBe(429);
  expect(Number(last.headers['retry-after'])).toBeGreaterThan(0);
  expect(problemOf(last).code).toBe('GW_RATE_LIMITED');
});

test('step 5: a stopped service is 503 at once, and 200 within 2 s of being back', async () => {
  const project = `/services/project`;
  await platform.mocks.admin('POST', `${project}/stop`);
  const gone = await edge.call('GET', '/api/v1/projects', { token: ada });
  expect(gone.status).toBe(503);
  problemOf(gone);
  await platform.mocks.admin('POST', `${project}/start`);
  await eventually(
    async () => {
      expect((await edge.call('GET', '/api/v1/projects', { token: ada })).status).toBe(200);
    },
    { within: 2000 },
  );
});

test('the walk works over HTTP/2 too', async () => {
  const session = connect(platform.edges[0]!.url, { ca: readFileSync(platform.caFile) });
  const stream = session.request({ ':path': '/api/v1/projects/p2', authorization: `Bearer ${ada}` });
  const status = await new Promise((resolve, reject) => {
    stream.on('response', (headers) => resolve(headers[':status']));
    stream.on('error', reject);
  });
  let text = '';
  for await (const chunk of stream) text += chunk;
  expect(session.alpnProtocol).toBe('h2');
  session.close();
  expect(status).toBe(200);
  expect(JSON.parse(text)).toMatchObject({ id: 'p2' });
});

test('RPC clients read what REST clients do, and are refused in their own protocols', async () => {
  const readers = projectReaders(platform.edges[0]!.url, platform.caFile);
  try {
    const { body: project } = await edge.call('GET', '/api/v1/projects/p1', { token: ada });
    for (const [protocol, read] of readers.byProtocol) {
      expect([protocol, await read('p1', ada)]).toMatchObject([
        protocol,
        { project: { id: 'p1', name: project.name } },
      ]);
      expect([protocol, await read('p1', null)]).toEqual([protocol, { code: 16, reason: 'GW_UNAUTHENTICATED' }]);
    }
  } finally {
    await readers.close();
  }
});
