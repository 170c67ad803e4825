import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, type JsonObject } from '@bufbuild/protobuf';
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  AuthPolicy_Mode,
  type CompiledContract,
  IdempotencyPolicy_Mode,
  RoutePolicySchema,
  ValidationPolicy_Mode,
} from '@gateway/contracts';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { parse, stringify } from 'yaml';
import type { ApiHttp, ApiRoute } from './api-route';
import { buildOpenApi } from './build-openapi';
import { apiPath, compileLibrary, routesOf } from './testdata/library';

const GOLDEN = join(import.meta.dirname, 'testdata/library.openapi.yaml');
const NOW = Date.UTC(2026, 5, 1);

let library: CompiledContract;
let document: JsonObject;

const build = (routes: readonly ApiRoute[], now = NOW): JsonObject =>
  buildOpenApi({ title: 'Library', version: 'v1', servers: ['/'], routes, now });
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the assertion is the type
const at = (object: JsonObject, ...path: string[]): any =>
  path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], object);

const plain = (id: string, given: Partial<ApiRoute> = {}): ApiRoute => ({
  id,
  methods: ['GET'],
  path: apiPath('/reports/{name}'),
  hosts: [],
  policy: create(RoutePolicySchema, { auth: { mode: AuthPolicy_Mode.NONE } }),
  call: null,
  ...given,
});

beforeAll(() => {
  library = compileLibrary();
  document = build(routesOf(library));
}, 60_000);

test('the document is the golden one', () => {
  // Delete the file and run the test to write it anew; read the difference before committing it.
  if (!existsSync(GOLDEN)) writeFileSync(GOLDEN, stringify(document, { aliasDuplicateObjects: false }));
  expect(document).toEqual(parse(readFileSync(GOLDEN, 'utf8')));
});

/** Everything that an owner may say of a route without a contract. */
const DESCRIBED: ApiHttp = {
  operation: {
    summary: 'Place an order',
    description: 'Places it, once.',
    tags: ['Orders'],
    operationId: 'PlaceOrder',
    parameters: [
      { name: 'name', in: 'path', description: 'Its name.', schema: { type: 'string', maxLength: 8 } },
      { name: 'dry', in: 'query', description: 'Whether it is only tried.', schema: { type: 'string' } },
    ],
    requestBody: { description: 'The order.', content: { 'application/json': { example: { item: 'tea' } } } },
    responses: {
      '201': { description: 'It is placed.', headers: { location: { schema: { type: 'string' } } } },
      '404': { description: 'There is no such item.' },
      '413': { description: 'Too much.', content: { 'text/plain': {} } },
    },
  },
  schemas: { 'orders.body': { type: 'object' }, 'orders.response': { type: 'object' } },
  body: { $ref: '#/components/schemas/orders.body' },
  response: { $ref: '#/components/schemas/orders.response' },
  parameters: [{ name: 'dry', in: 'query', required: true, schema: { type: 'boolean' } }],
  enforced: true,
};

const ORDERS = plain('file:orders', { methods: ['POST'], path: apiPath('/orders/{name}'), http: DESCRIBED });

test('it passes the recommended rules of redocly lint', async () => {
  const config = await createConfig({ extends: ['recommended'] });
  const plainRoutes = [plain('reports'), plain('all', { methods: [], path: apiPath('/all/{rest=**}') }), ORDERS];
  const source = JSON.stringify(build([...routesOf(library), ...plainRoutes]));
  const problems = await lintFromString({ source, config });
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  // An open route to an unknown service has no failure of the caller's own; a oneof's fields stand beside its schema; whose
  // license it is the gateway doesn't know.
  const warned = ['info-license', 'no-required-schema-properties-undefined', 'operation-4xx-response'];
  expect([...new Set(problems.map(({ ruleId }) => ruleId))].sort()).toEqual(warned);
}, 60_000);

test('neither the order of routes nor another build changes a byte', () => {
  const reversed = build(routesOf(library).reverse());
  expect(JSON.stringify(reversed)).toBe(JSON.stringify(document));
});

test('operation ids are unique, and name service and method', () => {
  const ids = Object.values(at(document, 'paths') as Record<string, Record<string, { operationId?: string }>>)
    .flatMap((item) => Object.values(item).map(({ operationId }) => operationId))
    .filter((id) => id !== undefined);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toContain('LibraryService_GetBook');
  expect(ids).toContain('LibraryService_GetBook_2');
});

test('each reference leads somewhere', () => {
  const references = JSON.stringify(document).match(/#\/components\/[^"]+/g) ?? [];
  expect(references.length).toBeGreaterThan(20);
  for (const reference of references) expect(at(document, ...reference.slice(2).split('/'))).toBeDefined();
});

describe('without source information', () => {
  test('names stand for comments', () => {
    const bare = build(routesOf(compileLibrary(['--exclude-source-info'])));
    expect(at(bare, 'paths', '/v1/books', 'get', 'summary')).toBe('Find books');
    expect(at(bare, 'components', 'schemas', 'library.v1.Book', 'description')).toBeUndefined();
  }, 60_000);
});

describe('a policy', () => {
  const get = (policy: Parameters<typeof create<typeof RoutePolicySchema>>[1]): JsonObject =>
    at(build([plain('reports', { policy: create(RoutePolicySchema, policy) })]), 'paths', '/reports/{name}', 'get');

  test('gives only the failures that it can give', () => {
    const open = get({ auth: { mode: AuthPolicy_Mode.NONE } });
    expect(Object.keys(at(open, 'responses')).sort()).toEqual(['500', '502', '503', '504', 'default']);
    expect(open['security']).toEqual([]);
    const closed = get({ auth: { scopes: ['a'] }, rateLimits: [{ name: 'x', requests: 1, window: { seconds: 1n } }] });
    expect(Object.keys(at(closed, 'responses'))).toEqual(expect.arrayContaining(['401', '403', '429']));
    expect(closed['security']).toEqual([{ bearer: ['a'] }]);
  });

  test('that only watches a limit refuses nothing', () => {
    const shadow = get({ rateLimits: [{ name: 'x', requests: 1, window: { seconds: 1n }, shadow: true }] });
    expect(at(shadow, 'responses', '429')).toBeUndefined();
    expect(at(shadow, 'responses', 'default', 'headers', 'ratelimit')).toBeUndefined();
  });

  test('that lets headers through names them', () => {
    const transcoding = { requestHeaders: ['x-tenant', 'Accept'], responseHeaders: ['x-shelf'] };
    const [first, ...others] = routesOf(library);
    const open = { ...first!, policy: create(RoutePolicySchema, { transcoding }) };
    const [operation] = Object.values(at(build([open, ...others]), 'paths')).flatMap((item) =>
      Object.values(item as Record<string, JsonObject>).filter((each) => each['x-gateway-route'] === first!.id),
    );
    const headers = (operation!['parameters'] as JsonObject[]).filter((each) => each['in'] === 'header');
    expect(headers.map(({ name }) => name)).toEqual(['x-tenant']);
    expect(at(operation!, 'responses', '200', 'headers', 'x-shelf', 'description')).toBe('What the service says.');
    // A route without a contract lets everything through.
    expect(get({ transcoding })['parameters']).toHaveLength(1);
  });

  test('that honours keys of calls names their header, once', () => {
    const { NONE, OPTIONAL, REQUIRED } = IdempotencyPolicy_Mode;
    const keys = (mode: IdempotencyPolicy_Mode, http?: ApiHttp): JsonObject[] => {
      const policy = create(RoutePolicySchema, { idempotency: { mode } });
      const route = plain('reports', { policy, ...(http === undefined ? {} : { http }) });
      const parameters = at(build([route]), 'paths', '/reports/{name}', 'get', 'parameters') as JsonObject[];
      return parameters.filter((each) => each['in'] === 'header');
    };
    expect(keys(NONE)).toEqual([]);
    expect(keys(OPTIONAL)).toMatchObject([{ name: 'Idempotency-Key', schema: { type: 'string' } }]);
    // The gateway takes calls without one, whatever the mode.
    expect(keys(REQUIRED)).toEqual(keys(OPTIONAL));
    const written = { name: 'idempotency-key', in: 'header', description: 'Of the order.', schema: { type: 'string' } };
    const http = { operation: { parameters: [written] }, schemas: {}, parameters: [], enforced: false };
    expect(keys(OPTIONAL, http)).toEqual([written]);
  });

  test('that doesn’t enforce rules says so', () => {
    const rules = (mode: ValidationPolicy_Mode): string => String(get({ validation: { mode } })['description']);
    expect(rules(ValidationPolicy_Mode.SHADOW)).toContain('not refused');
    expect(rules(ValidationPolicy_Mode.ENFORCE)).not.toContain('not refused');
  });

  test('deprecates from its date on', () => {
    const ended = { deprecatedAt: { seconds: BigInt(NOW / 1000) } };
    const routes = [plain('reports', { policy: create(RoutePolicySchema, { deprecation: ended }) })];
    expect(at(build(routes), 'paths', '/reports/{name}', 'get', 'deprecated')).toBe(true);
    expect(at(build(routes, NOW - 1), 'paths', '/reports/{name}', 'get', 'deprecated')).toBeUndefined();
  });
});

describe('a route without a contract', () => {
  const orders = (given: Partial<ApiHttp> = {}): JsonObject =>
    at(build([{ ...ORDERS, http: { ...DESCRIBED, ...given } }]), 'paths', '/orders/{name}', 'post');

  test('is told in its owner’s words', () => {
    const { operationId, summary, description, tags } = orders() as Record<string, unknown>;
    expect([operationId, summary, description, tags]).toEqual([
      'PlaceOrder',
      'Place an order',
      'Places it, once.',
      ['Orders'],
    ]);
    expect(at(build([ORDERS]), 'tags')).toEqual([{ name: 'Orders', description: 'What is about Orders.' }]);
  });

  test('has the schemas that are enforced, with the words', () => {
    expect(orders()['parameters']).toEqual([
      { name: 'name', in: 'path', required: true, description: 'Its name.', schema: { type: 'string', maxLength: 8 } },
      {
        name: 'dry',
        in: 'query',
        required: true,
        description: 'Whether it is only tried.',
        schema: { type: 'boolean' },
      },
    ]);
    expect(orders()['requestBody']).toEqual({
      required: true,
      description: 'The order.',
      content: { 'application/json': { example: { item: 'tea' }, schema: DESCRIBED.body } },
    });
    expect(at(orders(), 'responses', '201', 'content', 'application/json', 'schema')).toEqual(DESCRIBED.response);
    expect(Object.keys(at(orders(), 'responses', '201', 'headers')).sort()).toEqual(['location', 'x-request-id']);
    expect(Object.keys(at(build([ORDERS]), 'components', 'schemas'))).toEqual([
      'orders.body',
      'orders.response',
      'Problem',
    ]);
  });

  test('may fail as its service says, and as the gateway does', () => {
    const statuses = (given?: Partial<ApiHttp>) => Object.keys(at(orders(given), 'responses')).sort();
    const always = ['201', '404', '413', '500', '502', '503', '504', 'default'];
    expect(statuses()).toEqual(['201', '400', '404', '408', '413', '415', '500', '502', '503', '504', 'default']);
    expect(statuses({ enforced: false })).toEqual(always);
    expect(statuses({ body: undefined })).toEqual(['201', '400', '404', '413', '500', '502', '503', '504', 'default']);
    expect(statuses({ body: undefined, parameters: [] })).toEqual(always);
    expect(Object.keys(at(orders(), 'responses', '413', 'content'))).toEqual([
      'application/problem+json',
      'text/plain',
    ]);
    expect(at(orders({ enforced: false }), 'responses', '413', 'content')).toEqual({ 'text/plain': {} });
  });

  test('of which only schemas are known has those', () => {
    const bare = orders({ operation: {} });
    expect([bare['summary'], bare['description'], bare['tags']]).toEqual(['orders', undefined, ['Plain HTTP']]);
    expect(at(bare, 'responses', '200', 'content', 'application/json', 'schema')).toEqual(DESCRIBED.response);
    expect(at(bare, 'requestBody', 'content', 'application/json')).toEqual({ schema: DESCRIBED.body });
    const words = orders({ operation: { summary: 'Says' }, body: undefined, response: undefined });
    expect([words['requestBody'], at(words, 'responses', '200')]).toEqual([undefined, undefined]);
  });

  test('with several methods has an id for each', () => {
    const both = at(build([{ ...ORDERS, methods: ['POST', 'PUT'] }]), 'paths', '/orders/{name}');
    expect([both.post.operationId, both.put.operationId]).toEqual(['PlaceOrder_post', 'PlaceOrder_put']);
  });
});

describe('routes that OpenAPI takes for one', () => {
  test('share a path, with the names of the first', () => {
    const routes = [plain('a'), plain('b', { methods: ['PUT'], path: apiPath('/reports/{id}') })];
    const paths = at(build(routes), 'paths');
    expect(Object.keys(paths)).toEqual(['/reports/{name}']);
    expect(paths['/reports/{name}'].put.parameters[0].name).toBe('name');
  });

  test('are named where the described one is', () => {
    const routes = [plain('a'), plain('b', { hosts: ['b.example.com'] })];
    expect(at(build(routes), 'paths', '/reports/{name}', 'get', 'x-gateway-also')).toEqual(['b']);
  });
});

test('a method that OpenAPI has no field for is told beside the path', () => {
  expect(at(document, 'paths', '/v1/books', 'x-gateway-methods')).toEqual([
    'PURGE (library.v1.LibraryService.PurgeBooks)',
  ]);
});

describe('a streaming method', () => {
  type Kind = 'unary' | 'server_streaming' | 'client_streaming' | 'bidi_streaming';
  const LINES = 'application/x-ndjson';

  /** The operation of the method that lends books, as if it streamed so. */
  function operationOf(methodKind: Kind, methods: string[]) {
    const lend = routesOf(library).find(({ id }) => id === 'library.v1.LibraryService.Lend')!;
    const method = { ...lend.call!.method, methodKind } as NonNullable<ApiRoute['call']>['method'];
    const described = build([{ ...lend, methods, call: { ...lend.call!, method } }]);
    const [path] = Object.values(at(described, 'paths') as Record<string, Record<string, JsonObject>>);
    return Object.values(path!)[0]!;
  }
  const typesOf = (operation: JsonObject, ...path: string[]): string[] =>
    Object.keys((at(operation, ...path, 'content') as JsonObject | undefined) ?? {});

  test.each<[Kind, string[], string[]]>([
    ['unary', ['application/json'], ['application/json']],
    ['server_streaming', ['application/json'], [LINES, 'text/event-stream']],
    ['client_streaming', [LINES], ['application/json']],
    ['bidi_streaming', [LINES], [LINES, 'text/event-stream']],
  ])('%s takes %j and gives %j', (kind, request, response) => {
    const operation = operationOf(kind, ['POST']);
    expect(typesOf(operation, 'requestBody')).toEqual(request);
    expect(typesOf(operation, 'responses', '200')).toEqual(response);
    expect(String(operation['description']).includes('Over WebSocket')).toBe(kind !== 'unary');
  });

  test('whose client streams and has no body is a WebSocket', () => {
    const operation = operationOf('bidi_streaming', ['GET']);
    expect(operation['requestBody']).toBeUndefined();
    expect(at(operation, 'responses', '101')).toBeDefined();
    expect(at(operation, 'responses', '200')).toBeUndefined();
    expect(operation['description']).toContain('over WebSocket alone');
  });
});
