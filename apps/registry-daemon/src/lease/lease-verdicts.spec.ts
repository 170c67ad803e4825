import { expect, test } from '@jest/globals';
import { leaseFixture } from './lease.fixture';
import { NO_VERDICTS } from './lease-verdicts';

test('without anyone who calls instances nothing is known', () => {
  expect(NO_VERDICTS.verdictOf(leaseFixture({ epoch: 'e', n: 1n }))).toBe('unknown');
});
