import { expect, test } from '@jest/globals';
import { compileSchema } from '@gateway/json-schema';
import { getHeader } from '@gateway/pipeline';
import type { HttpTarget } from './route';
import { contextOf, httpRoute, principal } from '../pipeline.fixture';
import { identityFields, upstreamHeaders } from './upstream-headers';

const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true };

test('a service is told who calls, and never given the credential', () => {
  const known = contextOf({}, { trace, principal: principal({ scopes: ['a', 'b'] }) });
  expect(identityFields(known)).toEqual([
    'x-request-id',
    'r1',
    'traceparent',
    `00-${trace.traceId}-${trace.spanId}-01`,
    'x-user-id',
    'ada',
    'x-user-scopes',
    'a b',
    'x-session-id',
    's1',
  ]);
  expect(identityFields(contextOf({}, { principal: principal({ sessionId: '' }) }))).not.toContain('x-session-id');
  expect(identityFields(contextOf())).toEqual(['x-request-id', 'r1']);
});

test('an HTTP upstream is told where the request came from, and the chain goes on', () => {
  const headers = ['x-forwarded-for', '203.0.113.9', 'accept', '*/*', 'host', 'ours'];
  const context = contextOf(
    { headers, remoteAddress: '::ffff:10.0.0.1' },
    { authority: 'api.example.com', secure: false },
  );
  const sent = upstreamHeaders(httpRoute())(context);
  expect(getHeader(sent, 'x-forwarded-for')).toBe('203.0.113.9, 10.0.0.1');
  expect(getHeader(sent, 'x-forwarded-proto')).toBe('http');
  expect(getHeader(sent, 'x-forwarded-host')).toBe('api.example.com');
  expect(getHeader(sent, 'host')).toBe('api.example.com');
  expect(getHeader(sent, 'accept')).toBe('*/*');
  expect(headers).toHaveLength(6);
  expect(getHeader(upstreamHeaders(httpRoute())(contextOf()), 'x-forwarded-proto')).toBe('https');
});

test('a credential passes only where the edge does not verify it', () => {
  const headers = ['authorization', 'Bearer x', 'x-api-key', 'k'];
  const verified = upstreamHeaders(httpRoute())(contextOf({ headers }));
  expect([getHeader(verified, 'authorization'), getHeader(verified, 'x-api-key')]).toEqual([undefined, undefined]);
  const open = upstreamHeaders(httpRoute({ policy: { auth: { mode: 'NONE' } } }))(contextOf({ headers }));
  expect([getHeader(open, 'authorization'), getHeader(open, 'x-api-key')]).toEqual(['Bearer x', 'k']);
});

test('an upstream whose answers are read is asked not to compress them', () => {
  const schemas = { body: null, query: null, headers: null, response: compileSchema({ type: 'object' }) };
  const target: HttpTarget = { kind: 'http', service: 'web', protocol: 'http1', rewrite: null, schemas };
  const coding = (response: string) => {
    const route = httpRoute({ target, policy: { validation: { response } } });
    return getHeader(upstreamHeaders(route)(contextOf({ headers: ['accept-encoding', 'br'] })), 'accept-encoding');
  };
  expect([coding('ENFORCE'), coding('SHADOW'), coding('OFF')]).toEqual(['identity', 'identity', 'br']);
});
