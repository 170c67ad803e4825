import { expect, test } from '@jest/globals';
import { RoutePolicySchema } from '@gateway/contracts';
import { requestPointers } from './request-pointers';

const input = RoutePolicySchema;

/** Where a pointer into the message leads the caller. */
const locate = (pointer: string, variables: string[], body = ''): string =>
  requestPointers({ input, variables: variables.map((name) => name.split('.')), body })({
    pointer,
    rule: 'r',
    detail: 'd',
  }).pointer;

test.each([
  ['of the path', '/version', ['version'], '*', 'path/version'],
  ['inside one, by its JSON name', '/cache/staleIfError', ['cache.stale_if_error'], '', 'path/cache.stale_if_error'],
  ['that only begins like one of the path', '/versions', ['version'], '*', '/versions'],
  ['of the body', '/auth/scopes/0', [], '*', '/auth/scopes/0'],
  ['of a body that is one field', '/rateLimits/0/name', [], 'rate_limits', '/0/name'],
  ['that is the body', '/auth', [], 'auth', ''],
  ['of the query beside a body', '/cache/varyBy/1', [], 'auth', 'query/cache.varyBy'],
  ['of the query', '/version', [], '', 'query/version'],
  ['that is the whole', '', [], '', ''],
])('a field %s', (_, pointer, variables, body, expected) => {
  expect(locate(pointer, variables, body)).toBe(expected);
});
