import { expect, test } from '@jest/globals';
import { containerMemoryLimit } from './index';

const files = (content: Record<string, string>) => (path: string) => {
  if (content[path] === undefined) throw new Error('ENOENT');
  return content[path];
};
const V2 = '/sys/fs/cgroup/memory.max';
const V1 = '/sys/fs/cgroup/memory/memory.limit_in_bytes';

test.each<[string, Record<string, string>, number | null]>([
  ['version 2', { [V2]: '536870912\n' }, 536_870_912],
  ['version 2 without a limit', { [V2]: 'max\n' }, null],
  ['version 1', { [V1]: '268435456\n' }, 268_435_456],
  ['version 1 without a limit', { [V1]: '9223372036854771712\n' }, null],
  ['nonsense', { [V2]: '', [V1]: '-1' }, null],
  ['no Linux', {}, null],
])('%s', (_what, content, limit) => {
  expect(containerMemoryLimit(files(content))).toBe(limit);
});

test('of this machine it is nothing or bytes', () => {
  const limit = containerMemoryLimit();
  expect(limit === null || limit > 1_000_000).toBe(true);
});
