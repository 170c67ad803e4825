import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ErrorCode, ERRORS, GatewayError, problemType } from '@gateway/errors';
import { getHeader } from '@gateway/pipeline';
import { compileTemplate } from '@gateway/route-table';
import { fakeClock } from '@gateway/testing';
import { parse } from 'yaml';
import type { Route } from '../pipeline/route';
import { contextOf, grpcRoute, httpRoute } from '../pipeline.fixture';
import { type Page, platformRoutes } from '../snapshot/platform-routes';
import { isReserved } from '../snapshot/reserved';
import { ApiVersions } from '../versions/api-versions';
import { fileRoutes } from '../snapshot/route-file/routes';
import { SchemaLibrary, UNFETCHED } from '../snapshot/route-file/schema-library';
import { ApiDocuments, type DescribedSnapshot } from './api-documents';
import { docsPages } from './docs-pages';
import { errorsPage } from './errors-page';
import { openapiPages } from './openapi-pages';

const route = (path: string, given: Partial<Route> = {}): Route => ({
  ...httpRoute({ path }),
  id: path,
  template: compileTemplate(path),
  ...given,
});

const api = new ApiVersions({ prefix: '/api', vendor: 'acme', defaultVersion: null, clock: fakeClock() });
const versionOf = (each: Route): string | null => api.versionOf(each);

const answer = (pages: readonly Page[], name: string, headers: string[] = [], capture = '') =>
  pages.find((page) => page.name === name)!.answer(contextOf({}, { headers, captures: [capture] }));

const pathsOf = async (pages: readonly Page[], name: string, capture = ''): Promise<string[]> =>
  Object.keys(parse(String((await answer(pages, name, [], capture)).body)).paths);

const UPSTREAM = 'http://127.0.0.1:1';

describe('what a route file says of a service', () => {
  const library = new SchemaLibrary(import.meta.filename, UNFETCHED);
  const described = (route: object) => {
    const file = { routes: [{ id: 'orders:v1', match: { path: '/o' }, upstream: { urls: [UPSTREAM] }, ...route }] };
    const { routes } = fileRoutes(JSON.stringify(file), { credentials: true, permissions: true }, library);
    const documents = new ApiDocuments({ snapshot: () => ({ routes }), versionOf, now: () => 0 });
    return parse(String(documents.document('json', null)!.body));
  };

  test('is in the description, each schema once and with references within the document', () => {
    const { paths, components } = described({
      match: { path: '/o', methods: ['PUT'] },
      validation: {
        body: { $defs: { line: { type: 'object' } }, type: 'array', items: { $ref: '#/$defs/line' } },
        query: {
          type: 'object',
          required: ['page'],
          properties: { page: { $ref: '#/$defs/page' }, any: true, told: { type: 'string', description: 'Says.' } },
          $defs: { page: { type: 'integer' } },
        },
        headers: { type: 'object', properties: { 'x-tenant': { type: 'string' } } },
      },
      openapi: {
        summary: 'Order',
        schemas: { Item: { type: 'object' } },
        responses: { '200': { description: 'Good.' } },
      },
    });
    const { put } = paths['/o'];
    expect(put.summary).toBe('Order');
    expect(put.requestBody.content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/orders_v1.body',
    });
    expect(components.schemas['orders_v1.body'].items.$ref).toBe('#/components/schemas/orders_v1.body/$defs/line');
    expect(Object.keys(components.schemas)).toEqual(['Item', 'orders_v1.body', 'orders_v1.query', 'Problem']);
    expect(put.parameters).toEqual([
      {
        name: 'page',
        in: 'query',
        required: true,
        schema: { $ref: '#/components/schemas/orders_v1.query/$defs/page' },
      },
      { name: 'any', in: 'query', schema: {} },
      { name: 'told', in: 'query', description: 'Says.', schema: { type: 'string' } },
      { name: 'x-tenant', in: 'header', schema: { type: 'string' } },
    ]);
    expect(Object.keys(put.responses)).toContain('415');
  });

  test('without enforcement refuses nothing', () => {
    const { paths } = described({
      policy: { validation: { mode: 'SHADOW' } },
      validation: { response: { type: 'object' }, query: { type: 'object' } },
    });
    expect(Object.keys(paths['/o'].put.responses).filter((status) => status.startsWith('4'))).toEqual(['401']);
    expect(paths['/o'].put.responses['200'].content['application/json'].schema.$ref).toMatch(/orders_v1.response$/);
  });
});

describe('the description', () => {
  let snapshot: DescribedSnapshot;
  let pages: Page[];

  beforeAll(() => {
    pages = openapiPages(new ApiDocuments({ snapshot: () => snapshot, versionOf, now: () => 0 }));
  });

  test('has the routes of the snapshot in force, and not the platform’s own', async () => {
    const { routes } = platformRoutes({ pages, sockets: true });
    snapshot = { routes: [...routes, route('/reports'), grpcRoute({ path: '/v1/subjects/{subject}' })] };
    expect(await pathsOf(pages, 'openapi-json')).toEqual(['/reports', '/v1/subjects/{subject}']);
    expect(await pathsOf(pages, 'openapi-yaml')).toEqual(['/reports', '/v1/subjects/{subject}']);
  });

  test('is another one when the snapshot is, and the same bytes until then', async () => {
    snapshot = { routes: [route('/a')] };
    const first = await answer(pages, 'openapi-json');
    expect((await answer(pages, 'openapi-json')).body).toBe(first.body);
    snapshot = { routes: [route('/a'), route('/b')] };
    expect(await pathsOf(pages, 'openapi-json')).toEqual(['/a', '/b']);
  });

  test('is 304 for who has it, whatever the form of the tag', async () => {
    snapshot = { routes: [route('/a')] };
    const first = await answer(pages, 'openapi-json');
    const etag = getHeader(first.headers, 'etag')!;
    for (const tags of [etag, `W/${etag}`, `"other", ${etag}`, '*'])
      expect(await answer(pages, 'openapi-json', ['if-none-match', tags])).toMatchObject({ status: 304, body: null });
    expect(await answer(pages, 'openapi-json', ['if-none-match', '"other"'])).toMatchObject({ status: 200 });
    expect(getHeader(first.headers, 'cache-control')).toBe('no-cache');
  });

  test('exists for each version, by path or by policy', async () => {
    snapshot = {
      routes: [
        route('/api/v1/a'),
        route('/api/v2/a'),
        route('/b', { policy: { ...httpRoute().policy, version: 'v2' } }),
        route('/c'),
      ],
    };
    expect(await pathsOf(pages, 'openapi-version', 'v1.json')).toEqual(['/api/v1/a']);
    expect(await pathsOf(pages, 'openapi-version', 'v2.yaml')).toEqual(['/api/v2/a', '/b']);
    for (const unknown of ['v3.json', 'v1.xml', 'v1', '../v1.json'])
      expect(() => answer(pages, 'openapi-version', [], unknown)).toThrow(GatewayError);
  });
});

describe('the page to read', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'docs-'));
    cpSync(join(import.meta.dirname, 'docs'), folder, { recursive: true });
    for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css'])
      cpSync(join('node_modules/swagger-ui-dist', name), join(folder, name));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('loads only what the gateway serves itself', async () => {
    const pages = docsPages(folder);
    const html = String((await answer(pages, 'docs')).body);
    const sources = [...html.matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)].map(([, path]) => path!);
    expect(sources).toHaveLength(3);
    for (const path of sources)
      expect(await answer(pages, 'docs-assets', [], path.slice('/docs/'.length))).toMatchObject({ status: 200 });
    expect(html).not.toMatch(/<script(?![^>]*src=)|<style|\son\w+=|https?:/);
  });

  test('allows no inline script and no other origin', async () => {
    const policy = getHeader((await answer(docsPages(folder), 'docs')).headers, 'content-security-policy');
    expect(policy).toContain("default-src 'none'; script-src 'self'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
  });

  test('has no other files', () => {
    for (const name of ['LICENSE', '..', 'toString', ''])
      expect(() => answer(docsPages(folder), 'docs-assets', [], name)).toThrow(GatewayError);
  });

  test('is absent where the build has laid nothing', () => {
    expect(docsPages(join(folder, 'nothing'))).toEqual([]);
  });

  test('and everything else is at reserved paths, open and limited', () => {
    const pages = [
      errorsPage(),
      ...docsPages(folder),
      ...openapiPages(new ApiDocuments({ snapshot: () => ({ routes: [] }), versionOf, now: () => 0 })),
    ];
    for (const { template, policy } of platformRoutes({ pages, sockets: false }).routes) {
      expect(isReserved(template.source)).toBe(true);
      expect(policy).toMatchObject({ auth: { mode: 1 }, rateLimits: [{ by: ['ip'] }] });
    }
  });
});

test('the page of errors has each code, once', async () => {
  const { headers, body } = await answer([errorsPage()], 'docs-errors');
  expect(getHeader(headers, 'content-security-policy')).toContain("default-src 'none'");
  const ids = [...String(body).matchAll(/<tr id="(GW_[A-Z_]+)">/g)].map(([, code]) => code);
  expect(ids).toEqual(Object.keys(ERRORS));
  for (const code of Object.keys(ERRORS)) expect(String(body)).toContain(problemType(code as ErrorCode));
});

describe('the description of sockets', () => {
  const emitting = (given: Partial<Route> = {}): Route => ({
    ...grpcRoute({
      policy: {
        emits: [{ event: 'subject_seen', fields: ['subject', 'user_id', 'allowed'], room: 'subject:{subject}' }],
      },
    }),
    ...given,
  });

  test('has the events of the snapshot in force, in both forms', async () => {
    let snapshot: DescribedSnapshot = { routes: [...platformRoutes({ pages: [], sockets: true }).routes, emitting()] };
    const pages = openapiPages(new ApiDocuments({ snapshot: () => snapshot, versionOf, now: () => 0 }));
    const document = async (format: string) => parse(String((await answer(pages, `asyncapi-${format}`)).body));
    const { channels, operations } = await document('json');
    expect(channels.socket.address).toBe('/socket.io/');
    expect(channels.socket.messages.event_subject_seen.payload.properties.data).toMatchObject({
      properties: { allowed: { enum: ['true', 'false'] }, subject: { type: 'string' }, user_id: { type: 'string' } },
      required: ['subject'],
    });
    expect(operations.tell_event_subject_seen['x-gateway-routes']).toEqual(['test']);
    expect(await document('yaml')).toMatchObject({ channels, operations });
    snapshot = { routes: [emitting()] };
    expect((await document('json')).channels).toEqual({});
  });
});
