import { fromBinary } from '@bufbuild/protobuf';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { AuthPolicy_Mode, digestOf, registryV1 } from '@gateway/contracts';
import type { GatewayError } from '@gateway/errors';
import { fakeClock } from '@gateway/testing';
import { contractFixture } from '../contract.fixture';
import { ContractBook } from './contract-book';
import { type ContractJournal, MemoryJournal } from './journal';
import { Owners } from './owners';
import { ContractPublisher, type PublicationTerms, type Published } from './publisher';
import { refusalOf } from './refusal';

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
    { now: () => book.latestAt + 1 },
    {
      published: ({ service }, way) => told.push(`${way} ${service}`),
      refused: (service, rules) => told.push(`refused ${service}: ${rules.join(', ')}`),
      accepted: () => undefined,
      journal: (problem) => told.push(`journal ${problem ?? 'fine'}`),
    },
  );
});

const set = contractFixture();
const publish = (name: string, service: string, bytes = set, terms: Partial<PublicationTerms> = {}): Published =>
  publisher.publish(owner(name), service, bytes, { way: 'published', ...terms });

test('a contract in force isn’t published again', () => {
  expect(publish('newcomer', 'newcomer').contract.digest).toBe(digestOf(set));
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
  const listener = {
    published: () => undefined,
    refused: () => undefined,
    accepted: () => undefined,
    journal: () => undefined,
  };
  const other = new ContractPublisher(book, strict, nobody, fakeClock(), listener);
  const offer = (fixture: Parameters<typeof contractFixture>[0]) => () =>
    other.publish(owner('newcomer'), 'newcomer', contractFixture(fixture), { way: 'published' });
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

describe('a contract that breaks the one in force', () => {
  const breaking = contractFixture({ field: 'name', path: '/api/v1/things/{name}' });
  beforeEach(() => void publish('newcomer', 'newcomer'));

  test('is refused, and says all that it breaks', () => {
    const error = thrownBy(() => publish('newcomer', 'newcomer', breaking));
    expect(error).toMatchObject({
      code: 'GW_FAILED_PRECONDITION',
      message:
        'the contract breaks the one in force: demo.v1.ThingService.GetThing: the route GET /api/v1/things/{id} fills ' +
        'other fields: /api/v1/things/{name} [ROUTE_SAME_VARIABLES] (and 2 more)',
    });
    expect(refusalIn(error).violations).toMatchObject([
      { rule: 'ROUTE_SAME_VARIABLES', element: 'demo.v1.ThingService.GetThing', file: 'demo/v1/thing.proto', line: 0 },
      { rule: 'FIELD_SAME_NAME', element: 'demo.v1.Ask.name' },
      { rule: 'FIELD_SAME_JSON_NAME', element: 'demo.v1.Ask.name' },
    ]);
    expect(told.at(-1)).toBe('refused newcomer: ROUTE_SAME_VARIABLES, FIELD_SAME_NAME, FIELD_SAME_JSON_NAME');
    expect(book.current('newcomer')?.entry.digest).toBe(digestOf(set));
  });

  test('is refused also when an instance brings it along', () => {
    expect(() => publisher.offer(owner('newcomer'), 'newcomer', breaking)).toThrow(/breaks the one in force/);
  });

  test('is taken when that is allowed, which the history keeps', () => {
    const { changes } = publish('newcomer', 'newcomer', breaking, {
      ...{ allowBreaking: true, publishedBy: owner('operator'), note: 'nobody uses it' },
    });
    expect(changes.filter(({ rule }) => rule !== null)).toHaveLength(3);
    expect(book.history('newcomer').at(-1)).toEqual({
      ...{ service: 'newcomer', digest: digestOf(breaking), owner: owner('newcomer'), publishedAt: expect.any(Number) },
      ...{ publishedBy: owner('operator'), allowedBreaking: true, note: 'nobody uses it' },
    });
  });

  test('breaks nothing as a package of its own beside the old one', () => {
    const next = contractFixture({ package: 'demo.v2', field: 'name', path: '/api/v2/things/{name}' });
    // Descriptor sets one after the other are one set.
    expect(publish('newcomer', 'newcomer', Buffer.concat([set, next])).changes).toMatchObject([
      { kind: 'added', rule: null, element: 'demo.v2.ThingService.GetThing' },
    ]);
  });

  test('is assessed without a trace', () => {
    const before = told.length;
    const { contract, violations, changes } = publisher.assess(owner('newcomer'), 'newcomer', breaking);
    expect([contract?.digest, changes.length, violations.length]).toEqual([digestOf(breaking), 3, 3]);
    const latecomer = publisher.assess(owner('latecomer'), 'newcomer', Buffer.from('rubbish'));
    expect(latecomer).toMatchObject({ contract: null, violations: [{ rule: 'taken' }, { rule: 'malformed' }] });
    expect(told).toHaveLength(before);
  });
});

test('a stricter policy breaks nothing and is told', () => {
  publish('newcomer', 'newcomer', contractFixture({ auth: AuthPolicy_Mode.NONE }));
  expect(publish('newcomer', 'newcomer').changes).toMatchObject([
    { rule: null, detail: 'policy.auth: {"mode":"NONE"} -> {"mode":"REQUIRED"} (stricter)' },
  ]);
});

test('an old instance that comes late doesn’t roll the contract back', () => {
  publisher.offer(owner('newcomer'), 'newcomer', set);
  const newer = contractFixture({ comment: 'Newer' });
  publisher.offer(owner('newcomer'), 'newcomer', newer);
  expect(publisher.offer(owner('newcomer'), 'newcomer', set)).toBe(digestOf(set));
  expect(book.current('newcomer')?.entry.digest).toBe(digestOf(newer));
  expect(told.filter((line) => line === 'registered newcomer')).toHaveLength(2);
});

test('a refusal that would fill a trailer is cut', () => {
  const many = Array.from({ length: 40 }, (_each, index) => ({
    ...{ rule: 'taken', place: { file: '', symbol: `s${index}` }, detail: 'x'.repeat(1000) },
  }));
  const refusal = refusalIn(refusalOf('GW_FORBIDDEN', 'no', many, null));
  expect([refusal.violations.length, refusal.violations[0]!.detail.length]).toEqual([16, 300]);
});

const thrownBy = (run: () => unknown): GatewayError => {
  try {
    run();
  } catch (error) {
    return error as GatewayError;
  }
  throw new Error('nothing was thrown');
};

const refusalIn = ({ context }: GatewayError): registryV1.ContractRefusal =>
  fromBinary(registryV1.ContractRefusalSchema, context.details![0]!.value);
