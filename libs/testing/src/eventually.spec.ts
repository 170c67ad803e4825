import { expect, test } from '@jest/globals';
import { eventually } from './index';

test('it tries until the attempt succeeds, and gives its result', async () => {
  let tries = 0;
  const attempt = () => {
    tries += 1;
    if (tries < 3) throw new Error('not yet');
    return tries;
  };
  expect(await eventually(attempt, { every: 1 })).toBe(3);
});

test('false is a failure too', async () => {
  await expect(eventually(() => false, { within: 20, every: 1 })).rejects.toThrow('never became true');
});

test('when the time is over the last error is thrown', async () => {
  const attempt = () => Promise.reject(new Error('still down'));
  await expect(eventually(attempt, { within: 20, every: 1 })).rejects.toThrow('still down');
});
