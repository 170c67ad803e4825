import { beforeEach, expect, test } from '@jest/globals';
import { compileContract, digestOf, MockPolicy } from '@gateway/contracts';
import { contractFixture } from '../contract.fixture';
import { ContractBook } from './contract-book';
import { type ContractJournal, MemoryJournal } from './journal';

const mock = MockPolicy.WHEN_UNAVAILABLE;
const [first, second] = [contractFixture({ mock }), contractFixture({ mock, more: 'AddThing' })];
const GET = '/demo.v1.ThingService/GetThing';
const ADD = '/demo.v1.ThingService/AddThing';

let journal: ContractJournal;
let book: ContractBook;

beforeEach(() => {
  journal = new MemoryJournal();
  book = new ContractBook(journal);
});

const publish = (bytes: Uint8Array, publishedAt: number): boolean =>
  book.publish({ service: 'demo', digest: digestOf(bytes), owner: 'o', publishedAt }, bytes, compileContract(bytes));

test('what no instance has served yet is known by method, over new contracts and restarts', () => {
  expect(book.unserved('demo')).toEqual([]);
  publish(first, 1);
  expect(book.unserved('demo')).toEqual([GET]);
  expect(book.serve('demo', digestOf(first), 5)).toBe(true);
  expect(book.serve('demo', digestOf(first), 6)).toBe(false);
  expect(book.unserved('demo')).toEqual([]);
  publish(second, 2);
  expect(book.unserved('demo')).toEqual([ADD]);
  // An instance of the older contract says nothing of the newer method.
  expect(book.serve('demo', digestOf(first), 7)).toBe(false);
  expect(new ContractBook(journal).unserved('demo')).toEqual([ADD]);
  expect(book.serve('demo', '', 8)).toBe(true);
  const again = new ContractBook(journal);
  expect([book.unserved('demo'), again.unserved('demo')]).toEqual([[], []]);
  expect(again.history('demo').map(({ servedAt }) => servedAt)).toEqual([5, 8]);
});

test('methods that are not mocked until then are nobody’s concern', () => {
  publish(contractFixture(), 1);
  publish(contractFixture({ mock: MockPolicy.ALWAYS }), 2);
  expect(book.unserved('demo')).toEqual([]);
  expect(book.serve('other', '', 1)).toBe(false);
  expect(book.serve('demo', `sha256:${'0'.repeat(64)}`, 1)).toBe(false);
});

test('is noted in memory when the journal refuses, and the caller is told', () => {
  publish(first, 1);
  journal.append = () => {
    throw new Error('disk full');
  };
  expect(() => book.serve('demo', '', 5)).toThrow('disk full');
  expect(book.unserved('demo')).toEqual([]);
});
