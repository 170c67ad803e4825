import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, test } from '@jest/globals';
import { effectivePolicy } from './effective-policy';
import {
  AuthPolicy_Credential,
  AuthPolicy_Mode,
  CachePolicy_Mode,
  LoadBalancingPolicy_Algorithm as Algorithm,
  MockPolicy,
  Priority,
  RoutePolicySchema,
} from './gen/gateway/v1/policy_pb';
import { policyProblems } from './policy-rules';
import { pathScope, type PolicyScope } from './policy-scope';

type Policy = MessageInitShape<typeof RoutePolicySchema>;

const scope: PolicyScope = {
  hasKeyField: (path) => ['id', 'item.id'].includes(path),
  hasEventField: (name) => ['id', 'title'].includes(name),
};
const second = { seconds: 1n };
const millisecond = { nanos: 1_000_000 };
const limit = { name: 'per-user', requests: 10, window: { seconds: 60n } };

const window = { start: { seconds: 11n }, duration: second };
const brownout = (given: object): Policy => ({
  deprecation: { deprecatedAt: { seconds: 10n }, sunsetAt: { seconds: 20n }, brownouts: [{ ...window, ...given }] },
});

const problems = (policy: Policy): string[] =>
  policyProblems(create(RoutePolicySchema, policy), scope).map(({ field, detail }) => `${field}: ${detail}`);

test('a policy that uses everything has no problem', () => {
  const whole: Policy = {
    auth: {
      mode: AuthPolicy_Mode.REQUIRED,
      scopes: ['a:b'],
      permission: 'x:read',
      resource: 'x/{id}',
      credentials: [1],
    },
    rateLimits: [
      { ...limit, burstLimit: 5, userBased: true },
      { ...limit, name: 'by-all', by: ['user', 'ip', 'api_key', 'header:x-a', 'field:item.id'], cost: 2 },
    ],
    cache: {
      mode: CachePolicy_Mode.POLICY,
      ttl: second,
      varyBy: ['user_id', 'id', 'accept-language'],
      invalidate: ['e'],
      tags: ['t'],
    },
    emits: [{ event: 'item_updated', fields: ['id', 'title', 'user_id'], room: 'item:{id}' }],
    timeout: second,
    retry: {
      maxRetries: 2,
      perTryTimeout: second,
      backoffBase: millisecond,
      backoffMax: second,
      statuses: [429, 503],
      budgetPercent: 50,
    },
    hedge: { delay: second, maxHedges: 1 },
    circuitBreaker: { consecutiveErrors: 5, open: second, maxOpen: second, halfOpenCalls: 2 },
    concurrency: { perInstance: 100, perRoute: 10, adaptive: true },
    priority: Priority.SHEDDABLE,
    loadBalancing: {
      algorithm: Algorithm.CONSISTENT_HASH,
      hashBy: ['user', 'ip', 'header:x-a', 'field:item.id'],
      splits: [
        { version: 'v1', percent: 90 },
        { version: 'v2', percent: 10 },
      ],
      stickyBy: ['header:x-session'],
      preferZone: false,
      slowStart: second,
      panicThreshold: 100,
    },
    version: 'v1',
    deprecation: { deprecatedAt: second, sunsetAt: { seconds: 2n }, link: 'https://example.com/x' },
    compression: { algorithms: ['br'], contentTypes: ['text/*', 'application/json'] },
    idempotency: { ttl: second },
    mockOptions: { latency: second, examples: ['{"a":1}'] },
    transcoding: { requestHeaders: ['Accept-Language', 'x-tenant'], responseHeaders: ['x-shelf', 'location'] },
    securityHeaders: { headers: { 'x-frame-options': 'DENY', server: '' } },
    cors: { origins: ['https://a.example'], methods: ['GET'], credentials: true, maxAge: second },
    slo: { objective: 0.999, latency: second },
  };
  expect(problems(whole)).toEqual([]);
  expect(problems({})).toEqual([]);
  const defaults: Policy = { retry: {}, hedge: {}, circuitBreaker: {}, concurrency: {}, loadBalancing: {} };
  expect(problems(defaults)).toEqual([]);
});

const CORS = { origins: ['https://a.example'] };

test('origins may be all, or all below a host; nothing at all takes back what the service allows', () => {
  for (const origins of [['*'], ['https://*.a.example:8443', 'http://localhost:3000'], []])
    expect(problems({ cors: { origins } })).toEqual([]);
});

describe('impossible values', () => {
  test.each<[Policy, string]>([
    [{ auth: { mode: AuthPolicy_Mode.NONE, scopes: ['a'] } }, 'auth.mode'],
    [{ auth: { mode: AuthPolicy_Mode.NONE, permission: 'a' } }, 'auth.mode'],
    [{ auth: { resource: '{id}' } }, 'auth.resource'],
    [{ auth: { permission: 'a', resource: '{nothing}' } }, 'auth.resource'],
    [{ auth: { permission: 'a', resource: 'id}' } }, 'auth.resource'],
    [{ auth: { scopes: ['a b'] } }, 'auth.scopes'],
    [{ auth: { credentials: [AuthPolicy_Credential.UNKNOWN] } }, 'auth.credentials'],
    [{ rateLimits: [limit, limit] }, 'rate_limits'],
    [{ rateLimits: Array.from({ length: 17 }, (_each, index) => ({ ...limit, name: `l${index}` })) }, 'rate_limits'],
    [{ rateLimits: [{ ...limit, name: '' }] }, 'rate_limits[0].name'],
    [{ rateLimits: [{ ...limit, requests: 0 }] }, 'rate_limits[0].requests'],
    [{ rateLimits: [{ ...limit, window: undefined }] }, 'rate_limits[0].window'],
    [{ rateLimits: [{ ...limit, window: { nanos: 1 } }] }, 'rate_limits[0].window'],
    [{ rateLimits: [{ ...limit, window: { seconds: 86_401n } }] }, 'rate_limits[0].window'],
    [{ rateLimits: [{ ...limit, window: { seconds: 5n, nanos: -1 } }] }, 'rate_limits[0].window'],
    [{ rateLimits: [{ ...limit, cost: 0 }] }, 'rate_limits[0].cost'],
    [{ rateLimits: [{ ...limit, cost: 11 }] }, 'rate_limits[0].cost'],
    [{ rateLimits: [{ ...limit, burstLimit: 2, cost: 3 }] }, 'rate_limits[0].cost'],
    [{ rateLimits: [{ ...limit, userBased: true, by: ['ip'] }] }, 'rate_limits[0].by'],
    [{ rateLimits: [{ ...limit, by: ['ip', 'ip'] }] }, 'rate_limits[0].by'],
    [{ rateLimits: [{ ...limit, by: ['planet'] }] }, 'rate_limits[0].by'],
    [{ rateLimits: [{ ...limit, by: ['header:a b'] }] }, 'rate_limits[0].by'],
    [{ rateLimits: [{ ...limit, by: ['header'] }] }, 'rate_limits[0].by'],
    [{ rateLimits: [{ ...limit, by: ['field:nothing'] }] }, 'rate_limits[0].by'],
    [{ auth: { mode: AuthPolicy_Mode.NONE }, rateLimits: [{ ...limit, by: ['user'] }] }, 'rate_limits[0].by'],
    [{ cache: { mode: CachePolicy_Mode.POLICY } }, 'cache.ttl'],
    [{ cache: { ttl: { seconds: -1n } } }, 'cache.ttl'],
    [{ cache: { ttl: second, staleIfError: { nanos: -1 } } }, 'cache.stale_if_error'],
    [{ cache: { ttl: second, staleWhileRevalidate: { nanos: 2_000_000_000 } } }, 'cache.stale_while_revalidate'],
    [{ cache: { ttl: second, varyBy: ['project_idd'] } }, 'cache.vary_by'],
    [{ cache: { ttl: second, varyBy: ['id', 'id'] } }, 'cache.vary_by'],
    [{ cache: { ttl: second, invalidate: ['Not An Event'] } }, 'cache.invalidate'],
    [{ cache: { ttl: second, tags: [''] } }, 'cache.tags'],
    [{ emits: [{ event: '' }] }, 'emits[0].event'],
    [{ emits: [{ event: 'e', fields: ['nothing'] }] }, 'emits[0].fields'],
    [{ emits: [{ event: 'e', fields: ['id', 'id'] }] }, 'emits[0].fields'],
    [{ emits: [{ event: 'e', fields: ['id'], room: 'x:{title}' }] }, 'emits[0].room'],
    [{ emits: [{ event: 'e', fields: ['id'], room: 'x:{' }] }, 'emits[0].room'],
    [{ timeout: {} }, 'timeout'],
    [{ retry: { maxRetries: 11 } }, 'retry.max_retries'],
    [{ retry: { perTryTimeout: {} } }, 'retry.per_try_timeout'],
    [{ retry: { backoffBase: { seconds: 61n } } }, 'retry.backoff_base'],
    [{ retry: { backoffMax: {} } }, 'retry.backoff_max'],
    [{ retry: { backoffBase: second, backoffMax: millisecond } }, 'retry.backoff_max'],
    [{ retry: { statuses: [503, 200] } }, 'retry.statuses'],
    [{ retry: { statuses: [600] } }, 'retry.statuses'],
    [{ retry: { budgetPercent: 101 } }, 'retry.budget_percent'],
    [{ hedge: { delay: {} } }, 'hedge.delay'],
    [{ hedge: { maxHedges: 5 } }, 'hedge.max_hedges'],
    [{ circuitBreaker: { consecutiveErrors: 1_001 } }, 'circuit_breaker.consecutive_errors'],
    [{ circuitBreaker: { halfOpenCalls: 101 } }, 'circuit_breaker.half_open_calls'],
    [{ circuitBreaker: { open: {} } }, 'circuit_breaker.open'],
    [{ circuitBreaker: { open: second, maxOpen: millisecond } }, 'circuit_breaker.max_open'],
    [{ concurrency: { perInstance: 1_000_001 } }, 'concurrency.per_instance'],
    [{ concurrency: { perRoute: 1_000_001 } }, 'concurrency.per_route'],
    [{ loadBalancing: { algorithm: Algorithm.CONSISTENT_HASH } }, 'load_balancing.hash_by'],
    [{ loadBalancing: { hashBy: ['ip'] } }, 'load_balancing.hash_by'],
    [{ loadBalancing: { stickyBy: ['api_key'] } }, 'load_balancing.sticky_by'],
    [{ loadBalancing: { stickyBy: ['ip', 'ip'] } }, 'load_balancing.sticky_by'],
    [{ loadBalancing: { stickyBy: ['field:nothing'] } }, 'load_balancing.sticky_by'],
    [{ auth: { mode: AuthPolicy_Mode.NONE }, loadBalancing: { stickyBy: ['user'] } }, 'load_balancing.sticky_by'],
    [{ loadBalancing: { splits: [{ version: '', percent: 1 }] } }, 'load_balancing.splits'],
    [
      { loadBalancing: { splits: Array.from({ length: 17 }, (_each, i) => ({ version: `v${i}` })) } },
      'load_balancing.splits',
    ],
    [
      {
        loadBalancing: {
          splits: [
            { version: 'a', percent: 60 },
            { version: 'b', percent: 41 },
          ],
        },
      },
      'load_balancing.splits',
    ],
    [{ loadBalancing: { splits: [{ version: 'a' }, { version: 'a' }] } }, 'load_balancing.splits'],
    [{ loadBalancing: { slowStart: { seconds: -1n } } }, 'load_balancing.slow_start'],
    [{ loadBalancing: { panicThreshold: 101 } }, 'load_balancing.panic_threshold'],
    [{ version: 'v 1' }, 'version'],
    [{ deprecation: { deprecatedAt: { seconds: 2n }, sunsetAt: second } }, 'deprecation.sunset_at'],
    [{ deprecation: { link: 'x y' } }, 'deprecation.link'],
    [{ deprecation: { successor: 'the other' } }, 'deprecation.successor'],
    [{ deprecation: { successor: '/a>b' } }, 'deprecation.successor'],
    [brownout({ start: undefined }), 'deprecation.brownouts[0].start'],
    [brownout({ start: { seconds: 9n } }), 'deprecation.brownouts[0].start'],
    [brownout({ start: { seconds: 20n } }), 'deprecation.brownouts[0].start'],
    [{ deprecation: { brownouts: [window] } }, 'deprecation.brownouts[0].start'],
    [brownout({ duration: undefined }), 'deprecation.brownouts[0].duration'],
    [brownout({ duration: {} }), 'deprecation.brownouts[0].duration'],
    [brownout({ duration: { seconds: 700_000n } }), 'deprecation.brownouts[0].duration'],
    [brownout({ duration: { seconds: 3n }, every: { seconds: 2n } }), 'deprecation.brownouts[0].every'],
    [brownout({ every: { seconds: 40_000_000n } }), 'deprecation.brownouts[0].every'],
    [
      { deprecation: { deprecatedAt: { seconds: 10n }, brownouts: Array.from({ length: 65 }, () => window) } },
      'deprecation.brownouts',
    ],
    [{ compression: { algorithms: ['lzma'] } }, 'compression.algorithms'],
    [{ compression: { contentTypes: ['json'] } }, 'compression.content_types'],
    [{ idempotency: { ttl: {} } }, 'idempotency.ttl'],
    [{ mockOptions: { latency: { seconds: 61n } } }, 'mock_options.latency'],
    [{ mockOptions: { examples: ['{'] } }, 'mock_options.examples[0]'],
    [{ securityHeaders: { headers: { 'a b': '' } } }, 'security_headers.headers'],
    [{ securityHeaders: { headers: { a: 'x\r\nb: c' } } }, 'security_headers.headers'],
    [{ cors: { origins: ['example.com'] } }, 'cors.origins'],
    [{ cors: { origins: ['*'], credentials: true } }, 'cors.credentials'],
    [{ cors: { origins: ['*', 'https://a.example'] } }, 'cors.origins'],
    [{ cors: { origins: ['https://a.example', 'https://a.example'] } }, 'cors.origins'],
    [{ cors: { origins: ['https://A.example'] } }, 'cors.origins'],
    [{ cors: { origins: ['https://a.example/'] } }, 'cors.origins'],
    [{ cors: { origins: ['https://a.example:443'] } }, 'cors.origins'],
    [{ cors: { origins: ['https://*'] } }, 'cors.origins'],
    [{ cors: { origins: ['https://*.com'] } }, 'cors.origins'],
    [{ cors: { origins: ['https://a.*.example'] } }, 'cors.origins'],
    [{ cors: { origins: ['https://[bad'] } }, 'cors.origins'],
    [{ cors: { origins: ['null'] } }, 'cors.origins'],
    [{ cors: { credentials: true } }, 'cors.origins'],
    [{ cors: { ...CORS, methods: ['GET IT'] } }, 'cors.methods'],
    [{ cors: { ...CORS, methods: ['get'] } }, 'cors.methods'],
    [{ cors: { ...CORS, methods: ['*'] } }, 'cors.methods'],
    [{ cors: { ...CORS, methods: ['TRACE'] } }, 'cors.methods'],
    [{ cors: { ...CORS, headers: ['x-a', 'x-a'] } }, 'cors.headers'],
    [{ cors: { ...CORS, expose: ['*'], credentials: true } }, 'cors.expose'],
    [{ cors: { ...CORS, maxAge: { seconds: -1n } } }, 'cors.max_age'],
    [
      { transcoding: { requestHeaders: Array.from({ length: 33 }, (_, i) => `x-${i}`) } },
      'transcoding.request_headers',
    ],
    [{ transcoding: { requestHeaders: ['x-a', 'X-A'] } }, 'transcoding.request_headers'],
    [{ transcoding: { requestHeaders: ['x_a'] } }, 'transcoding.request_headers'],
    [{ transcoding: { requestHeaders: ['x-a-bin'] } }, 'transcoding.request_headers'],
    [{ transcoding: { requestHeaders: ['Authorization'] } }, 'transcoding.request_headers'],
    [{ transcoding: { requestHeaders: ['x-user-id'] } }, 'transcoding.request_headers'],
    [{ transcoding: { requestHeaders: ['grpc-timeout'] } }, 'transcoding.request_headers'],
    [{ transcoding: { requestHeaders: ['cookie'] } }, 'transcoding.request_headers'],
    [{ transcoding: { responseHeaders: ['set-cookie'] } }, 'transcoding.response_headers'],
    [{ transcoding: { responseHeaders: ['content-length'] } }, 'transcoding.response_headers'],
    [{ transcoding: { responseHeaders: ['transfer-encoding'] } }, 'transcoding.response_headers'],
    [{ transcoding: { responseHeaders: ['RateLimit-Policy'] } }, 'transcoding.response_headers'],
    [{ slo: { objective: 1 } }, 'slo.objective'],
    [{ slo: { objective: 0.9, latency: {} } }, 'slo.latency'],
  ])('%j', (policy, field) => {
    expect(problems(policy)).toEqual([expect.stringContaining(`${field}: `)]);
  });
});

test('a plain HTTP route may refer to the variables of its path', () => {
  const policy = create(RoutePolicySchema, { cache: { ttl: second, varyBy: ['rest_of'] } });
  expect(policyProblems(policy, pathScope(['rest_of']))).toEqual([]);
  expect(policyProblems(policy, pathScope([]))).toHaveLength(1);
  const emits = create(RoutePolicySchema, { emits: [{ event: 'e', fields: ['id'] }] });
  expect(policyProblems(emits, pathScope(['id']))).toEqual([]);
});

test('an override replaces whole fields and leaves its sources alone', () => {
  const base = create(RoutePolicySchema, { rateLimits: [limit], mock: MockPolicy.ALWAYS, maxBodyBytes: 5n });
  const merged = effectivePolicy(
    base,
    create(RoutePolicySchema, { rateLimits: [{ ...limit, name: 'other' }], maxBodyBytes: 0n }),
  );
  expect(merged.rateLimits.map(({ name }) => name)).toEqual(['other']);
  expect(merged.mock).toBe(MockPolicy.ALWAYS);
  expect(merged.maxBodyBytes).toBe(0n);
  expect(base.rateLimits.map(({ name }) => name)).toEqual(['per-user']);
});
