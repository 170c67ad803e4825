import type { JsonObject } from '@bufbuild/protobuf';
import { describe, expect, test } from '@jest/globals';
import { GatewayError } from '@gateway/errors';
import { answer, contextOf, grpcRoute, httpRoute } from '../pipeline.fixture';
import { standalonePorts } from '../pipeline.ports.fixture';
import { noRoute } from '../snapshot/platform-routes';
import type { RequestContext } from './context';
import { describePipeline, DESCRIPTIONS } from './descriptions';
import { isSecretField, shownCapture } from './masked';
import { PIPELINE, type PipelinePorts } from './pipeline';
import type { Route } from './route';
import type { Settings } from './settings';

const PASS = { check: () => null };
const OPEN = { auth: { mode: 'NONE' } };

/** The settings of the stages that a route uses, by name. */
function described(
  route: Route,
  context: RequestContext,
  ports: Partial<PipelinePorts> = {},
): Record<string, Settings> {
  const stages = describePipeline(route, context, { ...standalonePorts(), ...ports });
  return Object.fromEntries(stages.flatMap(({ name, settings }) => (settings === null ? [] : [[name, settings]])));
}
const authenticator = { authenticate: () => ({ outcome: 'invalid', reason: 'test' }) } as never;

test('every stage of the pipeline can describe itself', () => {
  // Has this failed? Export `describe<Stage>` beside the new stage's factory: the settings that decide what it does with
  // a request of the route (see DescribeStage). Then add a line to DESCRIPTIONS in pipeline/descriptions.ts.
  const silent = PIPELINE.filter((stage) => !DESCRIPTIONS.has(stage)).map(({ name }) => name);
  expect({ stagesWithoutALineInDescriptionsTs: silent }).toEqual({ stagesWithoutALineInDescriptionsTs: [] });
  expect([...DESCRIPTIONS].map(([stage, [name]]) => [stage, name])).toEqual(
    PIPELINE.map((stage) => [stage, stage.name]),
  );
});

describe('the pipeline of a route', () => {
  test('is told in order, with what the route does not use', () => {
    const stages = describePipeline(httpRoute({ policy: OPEN }), contextOf({}, { captures: ['1'] }), standalonePorts());
    expect(stages.map(({ name }) => name)).toEqual([...PIPELINE.map(({ name }) => name), 'forward']);
    expect(stages.filter(({ settings }) => settings === null).map(({ name }) => name)).toEqual([
      'tellVersion',
      'tellDeprecation',
      'speak',
      'preflight',
      'limitByClient',
      'authenticate',
      'limitByPrincipal',
      'retire',
      'authorize',
      'decode',
      'limitByField',
      'validate',
      'validateHttp',
      'emit',
      'mock',
      'record',
      'cacheLookup',
      'validateResponse',
      'validateHttpResponse',
    ]);
  });

  test('of a gRPC method has everything that its policy says', () => {
    const policy: JsonObject = {
      auth: { scopes: ['read'], permission: 'item:read', resource: 'item:{subject}/{resource}' },
      rateLimits: [
        { name: 'by-ip', requests: 5, window: '60s', by: ['ip', 'header:x-tenant', 'header:authorization'] },
        { name: 'by-user', requests: 6, window: '60s', userBased: true, cost: 2, burstLimit: 3 },
        { name: 'by-field', requests: 7, window: '60s', by: ['field:subject', 'field:resource'], onStoreDown: 'DENY' },
      ],
      cache: { ttl: '60s', varyBy: ['user_id', 'subject', 'x-tenant'], invalidate: ['changed'], tags: ['t'] },
      emits: [{ event: 'changed', fields: ['subject'], room: 'r:{subject}' }],
      validation: { response: 'SHADOW' },
      timeout: '3s',
      maxBodyBytes: '10',
      priority: 'CRITICAL',
      retry: { maxRetries: 1, perTryTimeout: '1s' },
      hedge: { delay: '0.050s' },
      concurrency: { perInstance: 4, perRoute: 9, adaptive: true },
      circuitBreaker: { consecutiveErrors: 2 },
      loadBalancing: { algorithm: 'CONSISTENT_HASH', hashBy: ['ip'], splits: [{ version: 'v2', percent: 5 }] },
    };
    const route = withRules(grpcRoute({ policy, timeoutMs: 3_000 }));
    const headers = ['x-tenant', 't1', 'authorization', 'Bearer secret'];
    const context = contextOf({ headers }, { captures: ['ada'], path: '/subjects/ada' });
    const told = described(route, context, { authenticator });
    expect(told).toMatchObject({
      deadline: { timeoutMs: 3_000, from: 'policy.timeout' },
      shedLoad: { priority: 'critical', refusesNow: false },
      limitByClient: {
        limits: [
          {
            ...{ name: 'by-ip', requests: 5, windowMs: 60_000, cost: 1, onStoreDown: 'local' },
            key: { ip: '127.0.0.1', 'header:x-tenant': 't1', 'header:authorization': '[masked]' },
          },
        ],
      },
      authenticate: { mode: 'REQUIRED', credentials: [], given: 'credential' },
      limitByPrincipal: { limits: [{ name: 'by-user', cost: 2, burstLimit: 3, key: { user: expect.any(String) } }] },
      authorize: { scopes: ['read'], permission: 'item:read', resource: 'item:ada/resource of the request' },
      decode: { message: 'gateway.auth.v1.CheckPermissionRequest', fromPath: ['subject'], maxBodyBytes: 10 },
      limitByField: {
        limits: [{ key: { 'field:subject': 'ada', 'field:resource': 'resource of the request' }, onStoreDown: 'deny' }],
      },
      validate: { mode: 'ENFORCE' },
      emit: { events: [{ event: 'changed', fields: ['subject'], room: 'r:{subject}' }] },
      cacheLookup: {
        ...{ mode: 'POLICY', ttlMs: 60_000, tags: ['t'] },
        key: {
          user_id: 'who the credential says',
          subject: 'ada',
          'x-tenant': 't1',
          request: 'the whole request message',
        },
        invalidatedBy: [{ event: 'changed', whenEqual: ['user_id', 'subject'] }],
      },
      validateResponse: { mode: 'SHADOW' },
      retry: { maxRetries: 1, perTryMs: 1_000, repeatable: 'yes', hedge: { delayMs: 50 } },
      pickEndpoint: { service: 'auth', algorithm: 'CONSISTENT_HASH', hashBy: ['ip'], splits: [{ version: 'v2' }] },
      limitConcurrency: { perInstance: 4, perRoute: 9, adaptive: true },
      breakCircuit: { failures: 2, openMs: 1_000 },
      forward: { protocol: 'grpc', service: 'auth', added: expect.arrayContaining(['x-user-id']) },
    });
    expect(JSON.stringify(told)).not.toContain('secret');
  });

  test('of an HTTP upstream tells what is sent, and by what headers answers are kept', () => {
    const rewrite = ['/x/', 0];
    const target = { kind: 'http', service: 'web', protocol: 'http1', rewrite } as const;
    const route = httpRoute({ policy: { cache: { mode: 'RFC9111' } }, target });
    const request = { method: 'POST', headers: ['authorization', 'Bearer secret', 'accept', 'text/html'] };
    const told = described(route, contextOf(request, { captures: ['7'], path: '/a/7', query: 'q=1' }), {
      authenticator,
    });
    expect(told['deadline']).toEqual({ timeoutMs: 15_000, from: 'default' });
    expect(told['cacheLookup']).toMatchObject({ mode: 'RFC9111', key: { accept: 'text/html', request: '/a/7?q=1' } });
    expect(told['forward']).toMatchObject({
      ...{ method: 'POST', path: '/x/7', query: 'q=1', removed: ['authorization'] },
      added: { 'x-request-id': 'r1', 'x-forwarded-proto': 'https' },
    });
    expect(told['retry']).toMatchObject({ repeatable: 'only what was never processed', perTryMs: null, hedge: null });
    expect(told['limitConcurrency']).toMatchObject({ perRoute: null });
  });

  test('tells the target that an HTTP answer is kept under', () => {
    const route = httpRoute({ policy: { ...OPEN, cache: { ttl: '60s', varyBy: ['x-lang'] } } });
    const told = described(route, contextOf({}, { captures: ['7'], path: '/a/7' }));
    expect(told['cacheLookup']).toMatchObject({ key: { 'x-lang': null, request: '/a/7' } });
    expect(told['forward']).toMatchObject({ path: '/a/7', query: '' });
  });

  test('tells what a request without a credential, or with a wrong one, meets', () => {
    const given = (mode: string, headers: string[]) =>
      described(httpRoute({ policy: { auth: { mode } } }), contextOf({ headers }, { captures: ['7'] }), {
        authenticator,
      })['authenticate'];
    expect(given('REQUIRED', [])).toMatchObject({ given: 'none', refusedWith: 401 });
    expect(given('OPTIONAL', [])).toEqual({ mode: 'OPTIONAL', credentials: [], given: 'none' });
    expect(given('OPTIONAL', ['authorization', 'Basic x'])).toMatchObject({ given: 'malformed', refusedWith: 401 });
    const keysOnly = httpRoute({ policy: { auth: { credentials: ['API_KEY'] } } });
    expect(described(keysOnly, contextOf({}, { captures: ['7'] }), { authenticator })['authenticate']).toMatchObject({
      credentials: ['API_KEY'],
    });
    const unsaid = httpRoute();
    expect(described(unsaid, contextOf({}, { captures: ['7'] }), { authenticator })['authenticate']).toMatchObject({
      mode: 'REQUIRED',
    });
  });

  test('of a version that ends tells when, and how it was found', () => {
    const deprecation = { deprecatedAt: '2025-01-01T00:00:00Z', sunsetAt: '2025-06-01T00:00:00Z', successor: 'v2' };
    const route = httpRoute({ policy: { ...OPEN, deprecation } });
    const ports = { pathVersionOf: () => 'v1' };
    const named = described(route, contextOf({}, { captures: ['7'] }), ports);
    expect(named).toMatchObject({
      tellVersion: { version: 'v1', by: 'path', mediaType: null },
      tellDeprecation: { deprecatedAt: '2025-01-01T00:00:00.000Z', successor: 'v2' },
      retire: { sunsetAt: '2025-06-01T00:00:00.000Z', brownouts: 0, now: 'ended' },
    });
    const negotiated = { version: 'v1', mediaType: 'application/vnd.shop.v1+json' };
    expect(described(route, contextOf({}, { captures: ['7'], negotiated }), ports)['tellVersion']).toMatchObject({
      ...{ by: 'negotiation', mediaType: negotiated.mediaType },
    });
    const open = httpRoute({ policy: { ...OPEN, deprecation: { link: 'https://example.com/why' } } });
    expect(described(open, contextOf({}, { captures: ['7'] }))['tellDeprecation']).toMatchObject({ sunsetAt: null });
  });

  test('that is mocked tells whether it is now', () => {
    const mockFor = () => ({ isMocking: () => true, answer: () => answer() });
    const route = grpcRoute({ policy: { ...OPEN, mock: 'WHEN_UNAVAILABLE' } });
    expect(described(route, contextOf({}, { captures: ['ada'] }), { mockFor })['mock']).toEqual({
      when: 'WHEN_UNAVAILABLE',
      answersNow: true,
    });
  });

  test('that the gateway answers itself ends there', () => {
    const page = httpRoute({ policy: OPEN, target: { kind: 'page', name: 'hello', answer: () => answer() } });
    expect(described(page, contextOf())['forward']).toEqual({ page: 'hello' });
    const refused = contextOf({}, { refusal: new GatewayError('GW_NO_ROUTE') });
    expect(described(noRoute, refused)['forward']).toEqual({ refuses: 'GW_NO_ROUTE' });
  });
});

describe('what must not be shown', () => {
  test('is masked in path, query and rewritten path', () => {
    const target = { kind: 'http', service: 'web', protocol: 'http1', rewrite: ['/k/', 0] } as const;
    const route = httpRoute({ policy: { ...OPEN, cache: { ttl: '60s' } }, path: '/keys/{api_key}', target });
    const context = contextOf({}, { captures: ['k1'], path: '/keys/k1', query: 'access%5Ftoken=t1&%=1&a=b' });
    const told = described(route, context);
    expect(told['cacheLookup']).toMatchObject({
      key: { request: '/keys/{api_key}?access%5Ftoken=[masked]&%=1&a=b' },
    });
    expect(told['forward']).toMatchObject({ path: '/k/[masked]' });
    expect(JSON.stringify(told)).not.toMatch(/k1|t1/);
  });

  test('is what its name or its contract says', () => {
    const route = grpcRoute();
    expect(isSecretField(route, 'subject')).toBe(false);
    expect(isSecretField(route, 'nope.deeper')).toBe(false);
    expect(isSecretField(route, 'password')).toBe(true);
    expect(isSecretField(redacting(route), 'subject')).toBe(true);
    expect(shownCapture(route, contextOf({}, { captures: ['%FF'] }), 'subject')).toBe('');
    const limited = redacting(
      grpcRoute({ policy: { ...OPEN, rateLimits: [{ name: 'a', requests: 1, window: '1s', by: ['field:subject'] }] } }),
    );
    expect(described(limited, contextOf({}, { captures: ['ada'] }))['limitByField']).toMatchObject({
      limits: [{ key: { 'field:subject': '[masked]' } }],
    });
  });
});

/** The route with rules for its messages. */
function withRules(route: Route): Route {
  if (route.target.kind !== 'grpc') throw new TypeError('not gRPC');
  return { ...route, target: { ...route.target, rules: { request: PASS, response: PASS } as never } };
}

/** The route, with `subject` of its request marked `debug_redact`. */
function redacting(route: Route): Route {
  if (route.target.kind !== 'grpc') throw new TypeError('not gRPC');
  const { method } = route.target;
  const [subject, ...others] = method.input.fields;
  const marked = { ...subject!, proto: { ...subject!.proto, options: { debugRedact: true } } };
  const input = { ...method.input, fields: [marked, ...others] };
  return { ...route, target: { ...route.target, method: { ...method, input } } as never };
}
