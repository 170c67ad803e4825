import { expect, test } from '@jest/globals';
import { GatewayError } from '@gateway/errors';
import { getHeader } from '@gateway/pipeline';
import { answer, contextOf, httpRoute } from '../pipeline.fixture';
import { standalonePorts } from '../pipeline.ports.fixture';
import { noRoute } from '../snapshot/platform-routes';
import { ARRIVAL, assemble, PIPELINE } from './pipeline';
// Types only: loaded so that they don't count as untested.
import './live-route';
import './route';
import './stage';

test('the steps before routing stand in their order', () => {
  expect(ARRIVAL.map(({ name }) => name)).toEqual(['sanitizeHeaders', 'canonicalPath', 'match']);
});

test('the stages stand in their order', () => {
  expect(PIPELINE.map(({ name }) => name)).toEqual([
    'observe',
    'finishHeaders',
    'tellVersion',
    'tellDeprecation',
    'rescue',
    'speak',
    'deadline',
    'shedLoad',
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
    'retry',
    'pickEndpoint',
    'limitConcurrency',
    'breakCircuit',
  ]);
});

test('the synthetic route limits and answers what matches nothing', async () => {
  const context = contextOf({}, { refusal: new GatewayError('GW_METHOD_NOT_ALLOWED', { headers: ['allow', 'GET'] }) });
  const { status, headers } = await assemble(noRoute, standalonePorts())(context);
  expect(status).toBe(405);
  expect(getHeader(headers, 'allow')).toBe('GET');
  expect(getHeader(headers, 'ratelimit')).toMatch(/^"no-route";r=599;/);
  expect(getHeader(headers, 'x-request-id')).toBe('r1');
});

test('an error of any stage is answered with everything that answers carry', async () => {
  const route = httpRoute({ policy: { auth: { mode: 'NONE' } } });
  const { status, headers } = await assemble(route, standalonePorts())(contextOf());
  expect(status).toBe(503);
  expect(getHeader(headers, 'content-type')).toBe('application/problem+json');
  expect(getHeader(headers, 'x-content-type-options')).toBe('nosniff');
});

test("a page of the gateway's own goes through the same stages, and to no endpoint", async () => {
  const answered = (): Promise<never> => Promise.reject(new Error('a page has no endpoint'));
  const ports = { ...standalonePorts(), pickerFor: answered as never };
  const target = { kind: 'page', name: 'hello', answer: () => answer({ body: Buffer.from('hello') }) } as const;
  const policy = { auth: { mode: 'NONE' }, cache: { ttl: '60s' } };
  const { status, headers, body } = await assemble(httpRoute({ policy, target }), ports)(contextOf());
  expect([status, String(body)]).toEqual([200, 'hello']);
  expect(getHeader(headers, 'x-request-id')).toBe('r1');
  expect(getHeader(headers, 'cache-status')).toBeUndefined();
});
