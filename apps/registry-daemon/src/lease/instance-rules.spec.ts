import { expect, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import { instanceProblem, isServiceName, leaseLength } from './instance-rules';
import { instanceFixture } from './lease.fixture';

test('an instance that says everything right has no problem', () => {
  const whole = { weight: 5, zone: 'eu-1', version: '1.2.3', metadata: { colour: 'blue' }, address: '[::1]:443' };
  expect(instanceProblem(instanceFixture(whole))).toBeNull();
});

test.each([
  ['service', { service: '' }],
  ['service', { service: '-x' }],
  ['service', { service: 'x/y' }],
  ['id', { id: '' }],
  ['id', { id: 'a/b' }],
  ['id', { id: 'a@b' }],
  ['address', { address: 'localhost' }],
  ['address', { address: 'localhost:0' }],
  ['address', { address: 'localhost:65536' }],
  ['address', { address: 'http://localhost:1' }],
  ['protocol', { protocol: registryV1.Protocol.UNSPECIFIED }],
  ['protocol', { protocol: 99 as registryV1.Protocol }],
  ['weight', { weight: 10_001 }],
  ['zone', { zone: 'a b' }],
  ['version', { version: 'x'.repeat(65) }],
  ['metadata', { metadata: Object.fromEntries(Array.from({ length: 65 }, (_each, index) => [`k${index}`, ''])) }],
  ['metadata', { metadata: { '': 'x' } }],
  ['metadata', { metadata: { 'a b': 'x' } }],
  ['metadata', { metadata: { a: 'x'.repeat(1025) } }],
])('a wrong %s is named', (field, change) => {
  expect(instanceProblem(instanceFixture(change))).toMatch(new RegExp(`^instance\\.${field}: `));
});

test('no instance at all is a problem', () => {
  expect(instanceProblem(undefined)).toBe('instance: is missing');
});

test('a service’s name is one', () => {
  expect(isServiceName('project-service')).toBe(true);
  expect(isServiceName('*')).toBe(false);
});

test('a lease lasts 1 s to 60 s, 10 s when not asked', () => {
  expect([null, 1_000, 60_000, 999, 60_001, Number.NaN].map(leaseLength)).toEqual([
    10_000,
    1_000,
    60_000,
    null,
    null,
    null,
  ]);
});
