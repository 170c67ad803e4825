import { beforeEach, expect, test } from '@jest/globals';
import { digestOf } from '@gateway/contracts';
import { fakeClock } from '@gateway/testing';
import { contractFixture } from '../contract.fixture';
import { ContractBook } from './contract-book';
import { type ContractJournal, MemoryJournal } from './journal';
import { Owners } from './owners';
import { ContractPublisher } from './publisher';

const owner = (name: string): string => `spiffe://gateway.local/${name}`;
const everything = { packages: ['*'], paths: ['/'], anonymous: ['/'] };
const OWNERS = new Owners({
  [owner('named')]: { ...everything, services: ['named', 'second'] },
  '*': { ...everything, services: ['*'] },
});

let book: ContractBook;
let journal: ContractJournal;
let told: string[];
let publisher: ContractPublisher;

beforeEach(() => {
  journal = new MemoryJournal();
  book = new ContractBook(journal);
  told = [];
  publisher = new ContractPublisher(
    book,
    OWNERS,
    { holderOf: (service) => book.current(service)?.entry.owner ?? null, contractsInForce: () => book.inForce() },
    fakeClock(),
    {
      published: ({ service }) => told.push(`published ${service}`),
      refused: (service, rule) => told.push(`refused ${service}: ${rule}`),
      journal: (problem) => told.push(`journal ${problem ?? 'fine'}`),
    },
  );
});

const set = contractFixture();
const publish = (name: string, service: string, bytes = set): string => publisher.publish(owner(name), service, bytes);

test('a contract in force isn’t published again', () => {
  expect(publish('newcomer', 'newcomer')).toBe(digestOf(set));
  publish('newcomer', 'newcomer');
  expect(told).toEqual(['journal fine', 'published newcomer']);
  expect(book.find(digestOf(set))).toMatchObject({ service: 'newcomer', owner: owner('newcomer') });
  expect(book.find('sha256:0')).toBeUndefined();
});

test('the second service with the same route is refused', () => {
  publish('newcomer', 'newcomer', contractFixture({ package: 'one.v1' }));
  expect(() => publish('latecomer', 'latecomer', contractFixture({ package: 'two.v1' }))).toThrow(
    /is a route of newcomer/,
  );
  expect(told.at(-1)).toBe('refused latecomer: taken');
});

test('a package that another stranger publishes is taken', () => {
  publish('newcomer', 'newcomer');
  const other = contractFixture({ path: '/other' });
  expect(() => publish('latecomer', 'latecomer', other)).toThrow(/the package demo\.v1 belongs to/);
  expect(() => publish('newcomer', 'second-service', other)).not.toThrow();
});

test('an entry of its own comes before strangers, not before another entry', () => {
  publish('newcomer', 'newcomer', contractFixture({ package: 'one.v1' }));
  publish('named', 'named', contractFixture({ package: 'two.v1' }));
  expect(() => publish('named', 'second', contractFixture({ package: 'three.v1' }))).toThrow(/is a route of named/);
});

test('what an entry covers is nobody else’s', () => {
  const strict = new Owners({
    [owner('named')]: { services: ['named'], packages: ['named.v1'], paths: ['/named'], anonymous: [] },
    '*': { ...everything, services: ['*'] },
  });
  const nobody = { holderOf: () => null, contractsInForce: () => [] };
  const listener = { published: () => undefined, refused: () => undefined, journal: () => undefined };
  const other = new ContractPublisher(book, strict, nobody, fakeClock(), listener);
  const offer = (fixture: Parameters<typeof contractFixture>[0]) => () =>
    other.publish(owner('newcomer'), 'newcomer', contractFixture(fixture));
  expect(offer({ package: 'named.v1' })).toThrow(/belongs to .*named/);
  expect(offer({ path: '/named/{id}' })).toThrow(/belongs to .*named/);
  expect(() => other.checkService(owner('newcomer'), 'named')).toThrow(/belongs to .*named/);
  expect(offer({ path: '/{id}' })).toThrow(/catch-all/);
});

test('the operator may publish anything for anyone', () => {
  expect(() => publish('operator', 'any-service', contractFixture({ path: '/{id}' }))).not.toThrow();
});

test('what the journal can’t keep doesn’t come into force', () => {
  journal.append = () => {
    throw new Error('the disk is full');
  };
  expect(() => publish('newcomer', 'newcomer')).toThrow(expect.objectContaining({ code: 'GW_UNAVAILABLE' }));
  expect(book.current('newcomer')).toBeUndefined();
  expect(told).toEqual(['journal the disk is full']);
});

test('a contract on disk that this version wouldn’t take stays in force', () => {
  const bytes = Buffer.from('of another time');
  const entry = { service: 'old', digest: digestOf(bytes), owner: owner('old'), publishedAt: 1 };
  journal.append(entry, bytes);
  journal.append({ ...entry, service: 'lost', digest: digestOf(Buffer.from('lost')) }, bytes);
  const loaded = new ContractBook({
    ...journal,
    entries: () => journal.entries(),
    read: (digest) => (digest === entry.digest ? bytes : undefined),
  });
  expect(loaded.current('old')).toEqual({ entry, compiled: null });
  expect(loaded.current('lost')?.compiled).toBeNull();
  expect(loaded.descriptorSet(entry.digest)).toEqual(bytes);
});
