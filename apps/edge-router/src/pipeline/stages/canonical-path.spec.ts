import { expect, test } from '@jest/globals';
import { contextOf } from '../../pipeline.fixture';
import { canonicalPath } from './canonical-path';

test('splits the target and brings the path into one form', () => {
  const context = contextOf({ target: '/a//b/../%7euser?x=%20&y' });
  canonicalPath()(context);
  expect([context.path, context.query]).toEqual(['/a/~user', 'x=%20&y']);
});

test('refuses what two parties could read differently', () => {
  const context = contextOf({ target: '/a%zzb' });
  expect(() => canonicalPath()(context)).toThrow(expect.objectContaining({ code: 'GW_BAD_REQUEST' }));
});
