import { expect, test } from '@jest/globals';
import { TrustedProxies } from '@gateway/http-security';
import { getHeader } from '@gateway/pipeline';
import { contextOf } from '../../pipeline.fixture';
import { sanitizeHeaders } from './sanitize-headers';

const FORWARDED = [
  'x-forwarded-for',
  '203.0.113.9, 198.51.100.2',
  'x-forwarded-proto',
  'HTTPS',
  'x-forwarded-host',
  'API.example.com',
  'x-request-id',
  'abc-1',
  'x-user-id',
  'root',
  'connection',
  'x-secret',
  'x-secret',
  '1',
];

function sanitized(headers: string[], trusted: string[] = [], scheme: 'http' | 'https' = 'http') {
  const context = contextOf({ headers, scheme, remoteAddress: '::ffff:10.0.0.1' });
  sanitizeHeaders({ trustedProxies: new TrustedProxies(trusted) })(context);
  return context;
}

test('believes nothing of a stranger', () => {
  const context = sanitized(FORWARDED);
  expect(context.headers).toEqual([]);
  expect(context).toMatchObject({ clientAddress: '10.0.0.1', secure: false, authority: 'localhost' });
  expect(context.requestId).toMatch(/^[0-9a-f-]{36}$/);
});

test('believes a trusted proxy about the client, but not about identity', () => {
  const context = sanitized(FORWARDED, ['10.0.0.0/8', '198.51.100.0/24']);
  expect(getHeader(context.headers, 'x-user-id')).toBeUndefined();
  expect(context).toMatchObject({
    clientAddress: '203.0.113.9',
    secure: true,
    authority: 'api.example.com',
    requestId: 'abc-1',
  });
});

test('keeps its own view where a trusted proxy says nothing usable', () => {
  const context = sanitized(
    ['x-forwarded-proto', 'ftp', 'x-forwarded-host', '', 'x-request-id', 'a b'],
    ['10.0.0.1'],
    'https',
  );
  expect(context).toMatchObject({ clientAddress: '10.0.0.1', secure: true, authority: 'localhost' });
  expect(context.requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(sanitized(['x-forwarded-proto', 'http'], ['10.0.0.1'], 'https').secure).toBe(false);
});

test('refuses names with an underscore, with a request id in hand', () => {
  const context = contextOf({ headers: ['x_user_id', 'root'] }, { requestId: '' });
  const step = sanitizeHeaders({ trustedProxies: new TrustedProxies([]) });
  expect(() => step(context)).toThrow(expect.objectContaining({ code: 'GW_BAD_REQUEST' }));
  expect(context.requestId).not.toBe('');
});
