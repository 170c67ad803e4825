import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Platform, startPlatform } from '@gateway/testing';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { parse } from 'yaml';
import { ADA, type Answer, edgeClient, type EdgeClient } from './edge-client';
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

async function driveAll(known: Known, token: string | undefined): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>();
  const faults: string[] = [];
  for (const operation of operationsOf(document)) {
    const answer = await drive(edge, document, operation, known, token);
    answers.set(operation.operationId, answer);
    faults.push(
      ...undocumented(operation, answer).map((fault) => `${operation.operationId}: ${answer.status} ${fault}`),
    );
  }
  expect(faults).toEqual([]);
  return answers;
}

test('redocly lint finds no error in it', async () => {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source: JSON.stringify(document), config });
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
});

test('it has every live route, and no other', async () => {
  const { routes } = await platform.edges[0]!.adminJson('/routes');
  const live = (routes as { id: string; origin: string }[]).filter(({ origin }) => origin !== 'platform');
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
  const answers = await driveAll({}, undefined);
  const closed = operationsOf(document).filter(({ security }) => security.length > 0);
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

test('/docs shows it with what the gateway itself serves', async () => {
  const page = await edge.call('GET', '/docs');
  expect(page.status).toBe(200);
  expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
  for (const [, path] of page.body.matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g))
    expect((await edge.call('GET', path)).status).toBe(200);
  expect((await edge.call('GET', '/docs/initializer.js')).body).toContain("url: '/openapi.json'");
});
