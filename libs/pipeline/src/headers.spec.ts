import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { getHeader, getHeaders, removeHeader, setHeader, type HeaderList } from './headers';

const list = (): HeaderList => ['a', '1', 'b', '2', 'a', '3'];

test('getHeader finds the first value, getHeaders all', () => {
  expect(getHeader(list(), 'a')).toBe('1');
  expect(getHeaders(list(), 'a')).toEqual(['1', '3']);
  expect(getHeader(list(), 'c')).toBeUndefined();
  expect(getHeaders(list(), 'c')).toEqual([]);
});

test('a value is never taken for a name', () => {
  expect(getHeader(['x', 'a', 'a', '1'], 'a')).toBe('1');
  expect(getHeader(['x', 'a'], 'a')).toBeUndefined();
});

test('setHeader puts the value where the first field was, and leaves no other', () => {
  const headers = list();
  setHeader(headers, 'a', '9');
  expect(headers).toEqual(['a', '9', 'b', '2']);
  setHeader(headers, 'c', '8');
  expect(headers).toEqual(['a', '9', 'b', '2', 'c', '8']);
});

test('removeHeader removes all of that name', () => {
  const headers = list();
  removeHeader(headers, 'a');
  expect(headers).toEqual(['b', '2']);
});

test('whatever is set is what is got, and the others stay in order', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.string())), name, fc.string(), (fields, changed, value) => {
      const headers = fields.flat();
      setHeader(headers, changed, value);
      expect(getHeaders(headers, changed)).toEqual([value]);
      const others = fields.filter(([field]) => field !== changed).flat();
      removeHeader(headers, changed);
      expect(headers).toEqual(others);
    }),
  );
});
