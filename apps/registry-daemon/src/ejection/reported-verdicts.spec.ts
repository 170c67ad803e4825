import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import type { Lease } from '../lease/lease';
import { leaseFixture } from '../lease/lease.fixture';
import { GENERATION, reportFixture } from './ejection.fixture';
import { ReportBook } from './report-book';
import { ReportedVerdicts } from './reported-verdicts';

function verdictWhen(signs: readonly string[], lease: Lease = leaseFixture(GENERATION), others: Lease[] = []) {
  const book = new ReportBook(fakeClock());
  signs.forEach((sign, at) => book.accept(reportFixture(`edge-${at}`, sign)));
  return new ReportedVerdicts(book, () => [lease, ...others]).verdictOf(lease);
}

test.each([
  ['unknown', []],
  ['unknown', [' +']],
  ['answering', ['+']],
  ['answering', ['x', '+', 'x']],
  ['refusing', ['x']],
  ['refusing', ['x', 'x', ' ']],
  ['refusing', ['x', '?']],
  ['unknown', ['?']],
  ['unknown', ['-', '-']],
  ['unknown', ['x', '-']],
])('is %s when gateways say %j', (verdict, signs) => {
  expect(verdictWhen(signs)).toBe(verdict);
});

test('what was said of another life doesn’t count', () => {
  expect(verdictWhen(['+', 'x'], leaseFixture({ epoch: 'e', n: 2n }))).toBe('unknown');
});

test('an instance whose address another one took over isn’t the one who answers', () => {
  const later = leaseFixture({ epoch: 'e', n: 2n }, { id: 'b' });
  const elsewhere = leaseFixture({ epoch: 'e', n: 2n }, { id: 'b', address: 'localhost:99' });
  const before = leaseFixture({ epoch: 'e', n: 0n }, { id: 'b' });
  expect(verdictWhen(['+'], undefined, [later])).toBe('unknown');
  expect(verdictWhen(['+'], undefined, [elsewhere, before])).toBe('answering');
});
