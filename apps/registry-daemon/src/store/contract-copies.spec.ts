import { beforeEach, expect, test } from '@jest/globals';
import { compileContract, digestOf } from '@gateway/contracts';
import { eventually, fakeClock, type FakeClock } from '@gateway/testing';
import { contractFixture } from '../contract.fixture';
import { ContractBook } from '../contracts/contract-book';
import { MemoryJournal } from '../contracts/journal';
import { ContractCopies } from './contract-copies';
import type { StoredContract } from './registry-store';
import { ScriptedStore } from './scripted-store.fixture';

const descriptorSet = contractFixture();
const contract: StoredContract = {
  service: 'demo-service',
  digest: digestOf(descriptorSet),
  owner: 'spiffe://gateway.local/demo-service',
  publishedAt: 1,
  descriptorSet,
};

let clock: FakeClock;
let store: ScriptedStore;
let book: ContractBook;
let readmitted: string[];
let copies: ContractCopies;

beforeEach(() => {
  clock = fakeClock();
  store = new ScriptedStore();
  book = new ContractBook(new MemoryJournal());
  readmitted = [];
  const logger = { info: () => undefined, warn: () => undefined };
  copies = new ContractCopies(store, book, ({ service }) => readmitted.push(service), clock, logger);
});

function publish(): void {
  const { descriptorSet: bytes, ...entry } = contract;
  book.publish(entry, bytes, compileContract(bytes));
}

test('what is in force is copied at the start and at each change', async () => {
  publish();
  await copies.start();
  expect((await store.content()).contracts).toEqual([contract]);
  book.publish({ ...contract, publishedAt: 2 }, descriptorSet, compileContract(descriptorSet));
  copies.changed('demo-service');
  await eventually(async () => expect((await store.content()).contracts).toMatchObject([{ publishedAt: 2 }]));
});

test('what only the store has is taken back', async () => {
  await store.putContract(contract);
  await copies.start();
  expect(readmitted).toEqual(['demo-service']);
});

test('what the journal has stands, whatever the store says', async () => {
  await store.putContract({ ...contract, owner: 'spiffe://gateway.local/thief' });
  publish();
  await copies.start();
  expect(readmitted).toEqual([]);
  expect((await store.content()).contracts).toEqual([contract]);
});

test('a store that comes back empty is filled, also after refusing', async () => {
  publish();
  await copies.start();
  store.goAway();
  store.comeBackEmpty('life-2');
  await eventually(async () => expect((await store.content()).contracts).toEqual([contract]));
});

test('what the store refuses is tried again', async () => {
  publish();
  store.failures = 1;
  await copies.start();
  clock.advance(1_000);
  await eventually(async () => expect((await store.content()).contracts).toEqual([contract]));
  store.failures = 2;
  book.publish({ ...contract, publishedAt: 2 }, descriptorSet, compileContract(descriptorSet));
  copies.changed('demo-service');
  await eventually(async () => {
    clock.advance(1_000);
    expect((await store.content()).contracts).toMatchObject([{ publishedAt: 2 }]);
  });
});

test('the end lets go', async () => {
  await copies.start();
  copies.changed('unknown');
  await copies.stop();
  expect(store.listeners).toBe(0);
  expect(clock.pending).toBe(0);
});
