import { expect, test } from '@jest/globals';
import { GatewayError } from '@gateway/errors';
import type { EdgeResponse } from '@gateway/pipeline';
import { answer, contextOf, run } from '../../pipeline.fixture';
import { rescue } from './rescue';

const problemOf = ({ body }: EdgeResponse): unknown => JSON.parse(String(body));

test('lets answers pass', async () => {
  const response = answer();
  expect(await run(rescue(), contextOf(), () => response)).toBe(response);
  expect(await run(rescue(), contextOf(), () => Promise.resolve(response))).toBe(response);
});

test('answers an error with its problem and its headers', async () => {
  const context = contextOf({}, { path: '/a' });
  const error = new GatewayError('GW_RATE_LIMITED', { retryAfter: 3, headers: ['x-why', 'limits'] });
  const response = await run(rescue(), context, () => {
    throw error;
  });
  expect(response.status).toBe(429);
  expect(response.headers).toEqual([
    'content-type',
    'application/problem+json',
    'cache-control',
    'no-store',
    'retry-after',
    '3',
    'x-why',
    'limits',
  ]);
  expect(problemOf(response)).toMatchObject({
    code: 'GW_RATE_LIMITED',
    instance: '/a',
    requestId: 'r1',
    retryAfter: 3,
  });
  expect(context.error).toBe(error);
});

test('shows nothing of what it does not know', async () => {
  const context = contextOf();
  const response = await run(rescue(), context, () => Promise.reject(new TypeError('the password is hunter2')));
  expect(response.status).toBe(500);
  expect(String(response.body)).not.toContain('hunter2');
  expect(problemOf(response)).not.toHaveProperty('instance');
  expect(context.error!.context.cause).toBeInstanceOf(TypeError);
});

test('a 401 always says what it wants', async () => {
  const refused = async (error: GatewayError): Promise<string[]> =>
    (await run(rescue(), contextOf(), () => Promise.reject(error))).headers.slice(4);
  expect(await refused(new GatewayError('GW_UNAUTHENTICATED'))).toEqual(['www-authenticate', 'Bearer realm="gateway"']);
  const own = ['www-authenticate', 'Bearer error="invalid_token"'];
  expect(await refused(new GatewayError('GW_UNAUTHENTICATED', { headers: own }))).toEqual(own);
});
