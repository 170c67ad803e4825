import { expect, test } from '@jest/globals';
import { ARRIVAL, PIPELINE } from './pipeline';

test('the steps before routing stand in their order', () => {
  expect(ARRIVAL.map(({ name }) => name)).toEqual(['sanitizeHeaders', 'canonicalPath', 'match']);
});

test('the stages stand in their order', () => {
  expect(PIPELINE.map(({ name }) => name)).toEqual([
    'observe',
    'finishHeaders',
    'rescue',
    'deadline',
    'limitByClient',
    'authenticate',
    'limitByPrincipal',
    'authorize',
    'decode',
    'limitByField',
    'emit',
    'cacheLookup',
    'pickEndpoint',
  ]);
});
