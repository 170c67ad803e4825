import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, type Platform, startPlatform } from '@gateway/testing';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { parse } from 'yaml';
import { hasBrowser, openPage } from './browser';
import { ADA, type Answer, BOB, type CallOptions, edgeClient, type EdgeClient } from './edge-client';
import type { Known } from './openapi/arguments';
import { type ApiDocument, drive, type Operation, operationsOf, responseFor } from './openapi/operations';
import { schemaCheck } from './openapi/schema-check';

/** A plain HTTP route beside the contracts'; nobody listens there. */
const ROUTES = `
routes:
  - id: legacy-reports
    match: { path: "/reports/{rest=**}", methods: [GET] }
    upstream: { urls: ["http://127.0.0.1:9"], protocol: http1 }
    policy: { auth: { mode: NONE } }
`;

let platform: Platform;
let edge: EdgeClient;
let document: ApiDocument;

beforeAll(async () => {
  platform = await startPlatform({ wsNodes: 0, routes: ROUTES });
  edge = edgeClient(platform.edges[0]!.url, platform.caFile);
  document = (await edge.call('GET', '/openapi.json')).body;
});
afterAll(async () => {
  await edge?.close();
  await platform?.stop();
});

/** What of an answer the document doesn't say. */
function undocumented(operation: Operation, { status, headers, body }: Answer): string[] {
  const described = responseFor(document, operation, status);
  if (described === undefined) return [`${status} is not documented`];
  if (described.content === undefined) return [];
  const type = String(headers['content-type']).split(';')[0]!;
  const content = described.content[type];
  if (content === undefined) return [`${status} has ${type}, documented are ${Object.keys(described.content).join()}`];
  const { schema } = content;
  if (schema === undefined) return [];
  // Of a stream the document describes each line.
  const texts = type === 'application/x-ndjson' ? (body as string).trim().split('\n') : null;
  const values: unknown[] = texts?.map((text) => JSON.parse(text) as unknown) ?? [body];
  return values.flatMap((value) => schemaCheck(document)(schema, value));
}

async function driveAll(
  known: Known,
  token: string | undefined,
  operations = operationsOf(document),
): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>();
  const faults: string[] = [];
  for (const operation of operations) {
    const answer = await drive(edge, document, operation, known, token);
    answers.set(operation.operationId, answer);
    faults.push(
      ...undocumented(operation, answer).map((fault) => `${operation.operationId}: ${answer.status} ${fault}`),
    );
  }
  expect(faults).toEqual([]);
  return answers;
}

test('comments of the contracts are the prose', () => {
  expect(document.paths['/api/v1/projects/{project_id}']!['get']!.summary).toBe('One project');
  // Without a comment the summary is made of the name.
  const isName = (summary: string, name: string): boolean =>
    summary.replaceAll(' ', '').toLowerCase() === name.toLowerCase();
  const uncommented = operationsOf(document).filter(({ operationId, summary }) =>
    isName(summary, operationId.split('_').at(-1)!),
  );
  expect(uncommented.map(({ operationId }) => operationId)).toEqual([]);
  const { description } = document.tags.find(({ name }) => name === 'project.v1.ProjectService')!;
  expect(description).toContain('Reads and writes projects.');
});

test('redocly lint finds no error in it, and warns of nothing that could be otherwise', async () => {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source: JSON.stringify(document), config });
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const expected = [
    // Whose license it is the gateway doesn't know.
    'info-license',
    // A oneof's fields stand beside its schema.
    'no-required-schema-properties-undefined',
    // Of the plain route nobody said what it may refuse.
    'operation-4xx-response',
  ];
  const others = problems.filter(({ ruleId }) => !expected.includes(ruleId));
  expect(others.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
});

test('it has every live route, and no other', async () => {
  const { routes } = await platform.edges[0]!.adminJson('/routes');
  // RPC clients have the contract itself.
  const live = (routes as { id: string; origin: string }[]).filter(
    ({ id, origin }) => origin !== 'platform' && !id.endsWith('#rpc'),
  );
  const described = operationsOf(document).flatMap((each) => [
    each['x-gateway-route'],
    ...(each['x-gateway-also'] ?? []),
  ]);
  expect([...new Set(described)].sort()).toEqual(live.map(({ id }) => id).sort());
  expect(live.length).toBeGreaterThan(10);
});

test('the same is there as YAML and for a version', async () => {
  expect(parse((await edge.call('GET', '/openapi.yaml')).body)).toEqual(document);
  const { body } = await edge.call('GET', '/openapi/v1.json');
  expect(body.info.version).toBe('v1');
  expect(Object.keys(body.paths)).toEqual(Object.keys(document.paths).filter((path) => path.startsWith('/api/v1/')));
  expect((await edge.call('GET', '/openapi/v9.json')).status).toBe(404);
});

test('who has it already gets 304', async () => {
  const { headers } = await edge.call('GET', '/openapi.json');
  const again = await edge.call('GET', '/openapi.json', { headers: { 'if-none-match': String(headers['etag']) } });
  expect(again.status).toBe(304);
});

test('without a token each operation that wants one is 401, as documented', async () => {
  const closed = operationsOf(document).filter(({ security }) => security.length > 0);
  const answers = await driveAll({}, undefined, closed);
  expect(closed.length).toBeGreaterThan(7);
  for (const { operationId } of closed)
    expect([operationId, answers.get(operationId)!.status]).toEqual([operationId, 401]);
});

test('with guessed arguments each operation answers as documented', async () => {
  await driveAll({}, await edge.login(...ADA));
});

test('with arguments that exist each operation succeeds, as documented', async () => {
  const [email, password] = ADA;
  const { body: tokens } = await edge.call('POST', '/api/v1/auth/login', { json: { email, password } });
  const json = { projectId: 'p1', kind: 'orbit', steps: 1 };
  const { body: simulation } = await edge.call('POST', '/api/v1/simulations', { token: tokens.accessToken, json });
  const known = {
    email,
    password,
    refreshToken: tokens.refreshToken,
    project_id: 'p1',
    projectId: 'p1',
    simulation_id: simulation.id,
    pageToken: '',
  };
  const answers = await driveAll(known, tokens.accessToken);
  for (const { operationId, security, ...operation } of operationsOf(document)) {
    const wantsScope = security.some((way) => Object.values(way).some((scopes) => (scopes as string[]).length > 0));
    // Nobody listens behind the plain route, and ada isn't an administrator.
    const expected = operation['x-gateway-route'] === 'file:legacy-reports' ? 502 : wantsScope ? 403 : 200;
    expect([operationId, answers.get(operationId)!.status]).toEqual([operationId, expected]);
  }
});

test('the events that sockets are told are described, too', async () => {
  const { asyncapi, operations } = (await edge.call('GET', '/asyncapi.json')).body;
  expect(asyncapi).toBe('3.0.0');
  expect(operations.tell_event_project_updated['x-gateway-rooms']).toEqual(['project:{project_id}']);
  expect(parse((await edge.call('GET', '/asyncapi.yaml')).body).operations).toEqual(operations);
  expect((await edge.call('GET', '/docs/errors')).body).toContain('id="GW_RATE_LIMITED"');
});

// Without Debian's Chromium this shows up as skipped, by name, in the summary.
const whereThereIsABrowser = hasBrowser() ? test : test.skip;

whereThereIsABrowser('a browser shows /docs, tries a login, and is logged in for what it tries next', async () => {
  const { page, origins, complaints, close } = await openPage();
  try {
    await page.goto(`${platform.edges[0]!.url}/docs`);
    await page.locator('.opblock').first().waitFor();
    expect(await page.locator('.opblock').count()).toBe(operationsOf(document).length);
    const tryIt = async (path: string, body?: string): Promise<string> => {
      const operation = page.locator('.opblock', { has: page.locator(`[data-path="${path}"]`) });
      await operation.locator('.opblock-summary-control').click();
      await operation.locator('.try-out__btn').click();
      if (body !== undefined) await operation.locator('.body-param__text').fill(body);
      await operation.locator('.execute').click();
      return (await operation.locator('.live-responses-table tbody tr').first().innerText()).replace(/\s+/g, ' ');
    };
    const [email, password] = ADA;
    expect(await tryIt('/api/v1/auth/login', JSON.stringify({ email, password }))).toMatch(/^200 .*accessToken/);
    expect(await tryIt('/api/v1/users/me')).toMatch(/^200 .*ada@example.com/);
    expect([...origins]).toEqual([platform.edges[0]!.url]);
    expect(complaints).toEqual([]);
  } finally {
    await close();
  }
});

test('/docs shows it with what the gateway itself serves', async () => {
  const page = await edge.call('GET', '/docs');
  expect(page.status).toBe(200);
  expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
  for (const [, path] of page.body.matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g))
    expect((await edge.call('GET', path)).status).toBe(200);
  expect((await edge.call('GET', '/docs/initializer.js')).body).toContain("url: '/openapi.json'");
});

/** What a call is refused with, and which of the document's operations it is. */
async function provoked(method: 'GET' | 'POST' | 'PATCH', path: string, call: CallOptions, template = path) {
  const answer = await edge.call(method, path, call);
  const operation = operationsOf(document).find((each) => each.method === method && each.path === template)!;
  return { ...answer, faults: undocumented(operation, answer) };
}

// The last one: it uses up the logins of this minute.
test('each class of failure that can be provoked is documented, with its code', async () => {
  const [ada, bob] = [await edge.login(...ADA), await edge.login(...BOB)];
  const login = '/api/v1/auth/login';
  const [projects, project] = ['/api/v1/projects', '/api/v1/projects/{project_id}'];
  const json = { 'content-type': 'application/json' };
  const eve = { json: { email: 'eve@example.com', password: 'guess' } };
  const refusals = [
    await provoked('POST', projects, { token: ada, text: '{', headers: json }),
    await provoked('POST', projects, { token: ada, json: { name: 7 } }),
    await provoked('POST', projects, { token: ada, text: 'x', headers: { 'content-type': 'text/plain' } }),
    await provoked('POST', projects, { token: ada, json: { name: 'x'.repeat(5 << 20) } }),
    await provoked('GET', projects, {}),
    await provoked('PATCH', '/api/v1/projects/p2', { token: bob, json: { name: 'mine' } }, project),
    await provoked('GET', '/api/v1/projects/nothing', { token: ada }, project),
    await provoked('GET', '/reports/x', {}, '/reports/{rest}'),
  ];
  for (let attempt = 0; attempt < 10; attempt++) await edge.call('POST', login, eve);
  refusals.push(await provoked('POST', login, eve));
  await platform.mocks.admin('POST', '/services/project/stop');
  refusals.push(await provoked('GET', projects, { token: ada }));
  await platform.mocks.admin('POST', '/services/project/start');
  await eventually(async () => expect((await edge.call('GET', projects, { token: ada })).status).toBe(200));
  expect(refusals.map(({ status, body }) => `${status} ${body.code}`)).toEqual([
    '400 GW_BAD_BODY',
    '400 GW_INVALID_FIELD',
    '415 GW_UNSUPPORTED_MEDIA_TYPE',
    '413 GW_BODY_TOO_LARGE',
    '401 GW_UNAUTHENTICATED',
    '403 GW_FORBIDDEN',
    '404 GW_NOT_FOUND',
    '502 GW_UPSTREAM_REFUSED',
    '429 GW_RATE_LIMITED',
    expect.stringMatching(/^503 GW_(NO_INSTANCE|UNAVAILABLE|CIRCUIT_OPEN)$/),
  ]);
  expect(refusals.flatMap(({ faults }) => faults)).toEqual([]);
});
