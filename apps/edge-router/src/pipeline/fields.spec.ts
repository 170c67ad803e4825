import { expect, test } from '@jest/globals';
import { create } from '@bufbuild/protobuf';
import { contextOf, grpcRoute, httpRoute, METHOD } from '../pipeline.fixture';
import { compileText, pathField, requestField } from './fields';

test('a field of the path is known before the message is', () => {
  const read = pathField(grpcRoute(), 'subject')!;
  expect(read(contextOf({}, { captures: ['a%20b'] }))).toBe('a b');
  expect(read(contextOf({}, { captures: ['%FF'] }))).toBeUndefined();
  expect(pathField(grpcRoute(), 'resource')).toBeNull();
});

test('a field of the request is read from its message', () => {
  const read = requestField(grpcRoute(), 'resource');
  expect(read(contextOf({}, { message: create(METHOD.input, { resource: 'r' }) }))).toBe('r');
  expect(read(contextOf())).toBeUndefined();
  expect(requestField(httpRoute(), 'id')(contextOf({}, { captures: ['7'] }))).toBe('7');
  expect(requestField(httpRoute(), 'nope')(contextOf())).toBeUndefined();
});

test('a text takes the values of its names', () => {
  const expand = compileText<Record<string, string>>('{a}:{b}/{a}', (name) => (from) => from[name]);
  expect(expand({ a: '1' })).toBe('1:/1');
  expect(compileText<null>('plain', () => () => 'x')(null)).toBe('plain');
});
