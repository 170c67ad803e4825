import { beforeEach, expect, test } from '@jest/globals';
import { compileContract, digestOf } from '@gateway/contracts';
import { eventually, fakeClock, type FakeClock } from '@gateway/testing';
import { contractFixture } from '../contract.fixture';
import { ContractBook } from '../contracts/contract-book';
import type { ContractEntry } from '../contracts/contract-entry';
import { MemoryJournal } from '../contracts/journal';
import { ContractCopies } from './contract-copies';
import type { StoredContract } from './registry-store';
import { ScriptedStore } from './scripted-store.fixture';

const descriptorSet = contractFixture();

/** A publication; another comment makes another contract. */
function publication(publishedAt: number, comment = 'Thing'): StoredContract {
  const bytes = contractFixture({ comment });
  const owner = 'spiffe://gateway.local/demo-service';
  return { service: 'demo-service', digest: digestOf(bytes), owner, publishedAt, descriptorSet: bytes };
}
const entryOf = ({ descriptorSet: _bytes, ...entry }: StoredContract) => entry;

/** A daemon's part of the contracts. */
interface Daemon {
  readonly book: ContractBook;
  readonly copies: ContractCopies;
  publish(contract: StoredContract): void;
}

let clock: FakeClock;
let store: ScriptedStore;
let warnings: number;
let refuse: boolean;
let book: ContractBook;
let copies: ContractCopies;
let publish: (contract: StoredContract) => void;

beforeEach(() => {
  clock = fakeClock();
  store = new ScriptedStore(clock);
  [warnings, refuse] = [0, false];
  ({ book, copies, publish } = daemon());
});

function daemon(): Daemon {
  const own = new ContractBook(new MemoryJournal());
  const readmission = {
    readmit({ descriptorSet: bytes, ...entry }: StoredContract): void {
      if (refuse) throw new Error('refused');
      own.publish(entry, bytes, compileContract(bytes));
    },
    served: ({ service, digest }: ContractEntry) => void own.serve(service, digest, 7),
  };
  const logger = { info: () => undefined, warn: () => (warnings += 1) };
  const sync = new ContractCopies(store, own, readmission, clock, logger);
  return {
    book: own,
    copies: sync,
    publish(contract) {
      own.publish(entryOf(contract), contract.descriptorSet, compileContract(contract.descriptorSet));
      sync.changed(contract.service);
    },
  };
}

const stored = async () => (await store.content()).contracts;
const historyOf = (at: ContractBook) => at.history('demo-service').map(({ publishedAt }) => publishedAt);

test('what is in force is copied at the start and at each change', async () => {
  publish(publication(1));
  await copies.start();
  await eventually(async () => expect(await stored()).toEqual([entryOf(publication(1))]));
  publish(publication(2));
  await eventually(async () => expect(await stored()).toEqual([1, 2].map((at) => entryOf(publication(at)))));
  expect(await store.descriptorSet('demo-service', publication(1).digest)).toEqual(descriptorSet);
});

test('what only the store has is taken, and put in its place', async () => {
  for (const at of [1, 3]) await store.putContract(publication(at, `C${at}`));
  publish(publication(2));
  await copies.start();
  expect(historyOf(book)).toEqual([1, 2, 3]);
  expect(book.current('demo-service')!.entry.publishedAt).toBe(3);
  await eventually(async () => expect(await stored()).toHaveLength(3));
});

test('what is refused is not asked for again', async () => {
  refuse = true;
  await store.putContract(publication(1));
  await copies.start();
  await store.putContract(publication(1));
  await copies.stop();
  expect([historyOf(book), warnings]).toEqual([[], 1]);
});

test('one whose bytes are not kept is passed over', async () => {
  await store.putContract(publication(1));
  store.descriptorSet = () => Promise.resolve(null);
  await copies.start();
  expect([historyOf(book), warnings]).toEqual([[], 0]);
});

test('two daemons have the same history, whoever published', async () => {
  const other = daemon();
  await Promise.all([copies.start(), other.copies.start()]);
  publish(publication(1, 'A'));
  await eventually(() => expect(historyOf(other.book)).toEqual([1]));
  store.goAway();
  publish(publication(2, 'B'));
  other.publish(publication(3, 'C'));
  publish(publication(4, 'D'));
  store.comeBack();
  for (const each of [book, other.book]) {
    await eventually(() => expect(historyOf(each)).toEqual([1, 2, 3, 4]));
    expect(each.current('demo-service')!.entry.publishedAt).toBe(4);
  }
});

test('that an instance served a contract comes to all daemons, also to one that learns the contract with it', async () => {
  const other = daemon();
  await Promise.all([copies.start(), other.copies.start()]);
  publish(publication(1));
  await eventually(() => expect(historyOf(other.book)).toEqual([1]));
  const served = (at: ContractBook) => at.history('demo-service').map(({ servedAt }) => servedAt !== undefined);
  expect(served(other.book)).toEqual([false]);
  expect(book.serve('demo-service', publication(1).digest, 5)).toBe(true);
  copies.changed('demo-service');
  await eventually(() => expect(served(other.book)).toEqual([true]));
  const late = daemon();
  await late.copies.start();
  expect([historyOf(late.book), served(late.book)]).toEqual([[1], [true]]);
});

test('publications of the same moment have one order everywhere', async () => {
  const other = daemon();
  publish(publication(1, 'A'));
  other.publish(publication(1, 'B'));
  await Promise.all([copies.start(), other.copies.start()]);
  const digests = (at: ContractBook) => at.history('demo-service').map(({ digest }) => digest);
  await eventually(() => expect(digests(book)).toHaveLength(2));
  await eventually(() => expect(digests(other.book)).toEqual(digests(book)));
});

test('a store that comes back empty is filled, with all that is known', async () => {
  publish(publication(1, 'A'));
  publish(publication(2, 'B'));
  await copies.start();
  store.goAway();
  store.comeBackEmpty('life-2');
  await eventually(async () => expect(await stored()).toHaveLength(2));
});

test('what the store refuses is tried again', async () => {
  publish(publication(1));
  store.failures = 1;
  await copies.start();
  clock.advance(1_000);
  await eventually(async () => expect(await stored()).toHaveLength(1));
  store.failures = 2;
  publish(publication(2));
  await eventually(async () => {
    clock.advance(1_000);
    expect(await stored()).toHaveLength(2);
  });
});

test('the end lets go', async () => {
  await copies.start();
  copies.changed('unknown');
  await copies.stop();
  expect(store.listeners).toBe(0);
  expect(clock.pending).toBe(0);
});
