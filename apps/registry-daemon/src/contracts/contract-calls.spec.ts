import { create } from '@bufbuild/protobuf';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { digestOf, registryV1 } from '@gateway/contracts';
import { fakeClock } from '@gateway/testing';
import { contractFixture } from '../contract.fixture';
import { ContractBook } from './contract-book';
import { ContractCalls } from './contract-calls';
import { MemoryJournal } from './journal';
import { OPEN_OWNERS, Owners } from './owners';
import { ContractPublisher } from './publisher';

const id = (name: string): string => `spiffe://gateway.local/${name}`;
const OPERATOR = id('operator');
const OWNER = id('shop');
const first = contractFixture();
const second = contractFixture({ comment: 'Newer' });
const breaking = contractFixture({ field: 'name', path: '/api/v1/things/{name}' });

let journal: MemoryJournal;
let calls: ContractCalls;

beforeEach(() => {
  journal = new MemoryJournal();
  const book = new ContractBook(journal);
  const clock = fakeClock();
  const owners = new Owners(OPEN_OWNERS);
  const ignore = (): void => undefined;
  const publisher = new ContractPublisher(
    book,
    owners,
    { holderOf: (service) => book.current(service)?.entry.owner ?? null, contractsInForce: () => book.inForce() },
    { now: () => Math.max(clock.now(), book.latestAt + 1) },
    { published: ignore, refused: ignore, accepted: ignore, journal: ignore },
  );
  calls = new ContractCalls(book, publisher, owners);
});

const publish = (descriptorSet: Uint8Array, more: Partial<registryV1.PublishContractRequest> = {}, caller = OPERATOR) =>
  calls.publish(
    caller,
    create(registryV1.PublishContractRequestSchema, {
      ...{ service: 'shop', descriptorSet, owner: OWNER, allowBreaking: false, note: '' },
      ...(more as object),
    }),
  );
const rollBack = (digest = '', note = '', caller = OPERATOR, service = 'shop') =>
  calls.rollBack(caller, create(registryV1.RollBackContractRequestSchema, { service, digest, note }));
const diff = (descriptorSet: Uint8Array, service = 'shop') =>
  calls.diff(OPERATOR, create(registryV1.DiffContractRequestSchema, { service, descriptorSet, owner: OWNER }));
const history = () => calls.history('shop').map(({ contract, inForce, note }) => [contract!.digest, inForce, note]);
const code = (name: string) => expect.objectContaining({ code: name });

test('a publication says what it changes', () => {
  expect(publish(first)).toEqual({ digest: digestOf(first), changes: [] });
  const { changes } = publish(breaking, { allowBreaking: true, note: 'a new name' });
  expect(changes[0]).toMatchObject({
    kind: registryV1.ContractChange_Kind.CHANGED,
    rule: 'ROUTE_SAME_VARIABLES',
    element: 'demo.v1.ThingService.GetThing',
  });
  expect(calls.history('shop')[0]).toMatchObject({
    ...{ inForce: true, publishedBy: OPERATOR, allowedBreaking: true, note: 'a new name' },
    contract: { service: 'shop', owner: OWNER },
  });
});

test('only the operator may allow what breaks, act for another, and roll back', () => {
  publish(first);
  expect(() => publish(breaking, { allowBreaking: true, owner: '' }, OWNER)).toThrow(code('GW_FORBIDDEN'));
  expect(() => publish(second, {}, id('stranger'))).toThrow(/only the operator may act for/);
  expect(() => publish(second, { owner: 'shop' })).toThrow(/owner: is not a SPIFFE id/);
  expect(() => rollBack('', '', OWNER)).toThrow(/only the operator may roll a contract back/);
});

test('names and notes are bounded', () => {
  expect(() => publish(first, { service: 'No Name' })).toThrow(/service: is not a name/);
  expect(() => publish(first, { note: 'x'.repeat(501) })).toThrow(/note: is longer/);
  expect(() => calls.history('nobody')).toThrow(code('GW_NOT_FOUND'));
});

test('a diff tells changes and refusals, and does nothing', () => {
  expect(diff(first)).toEqual({ digest: digestOf(first), digestInForce: '', changes: [], violations: [] });
  publish(first);
  expect(diff(breaking)).toMatchObject({
    digestInForce: digestOf(first),
    changes: [{ rule: 'ROUTE_SAME_VARIABLES' }, { rule: 'FIELD_SAME_NAME' }, { rule: 'FIELD_SAME_JSON_NAME' }],
    violations: [{ rule: 'ROUTE_SAME_VARIABLES' }, { rule: 'FIELD_SAME_NAME' }, { rule: 'FIELD_SAME_JSON_NAME' }],
  });
  expect(diff(Buffer.from('rubbish'))).toMatchObject({ changes: [], violations: [{ rule: 'malformed' }] });
  expect(history()).toHaveLength(1);
});

describe('rolling back', () => {
  beforeEach(() => {
    publish(first);
    publish(second);
  });

  test('republishes the contract before, and again the one after', () => {
    expect(rollBack()).toMatchObject({ digest: digestOf(first) });
    expect(rollBack('', 'it was fine')).toMatchObject({ digest: digestOf(second) });
    expect(history()).toEqual([
      [digestOf(second), true, `rolled back from ${digestOf(first)}: it was fine`],
      [digestOf(first), false, `rolled back from ${digestOf(second)}`],
      [digestOf(second), false, ''],
      [digestOf(first), false, ''],
    ]);
  });

  test('takes what it breaks along', () => {
    publish(breaking, { allowBreaking: true });
    const { changes } = rollBack(digestOf(first));
    expect(changes.some(({ rule }) => rule !== '')).toBe(true);
    expect(calls.history('shop')[0]).toMatchObject({ allowedBreaking: true });
  });

  test('finds a contract by the beginning of its digest', () => {
    const hex = digestOf(first).slice('sha256:'.length);
    expect(rollBack(hex.slice(0, 6)).digest).toBe(digestOf(first));
    // In force already: nothing happens.
    expect(rollBack(digestOf(first).slice(0, 20))).toEqual({ digest: digestOf(first), changes: [] });
    expect(history()).toHaveLength(3);
  });

  test('says what can’t be found', () => {
    expect(() => rollBack('abc')).toThrow(/digest: must be one, or its beginning/);
    expect(() => rollBack('0'.repeat(64))).toThrow(code('GW_NOT_FOUND'));
    expect(() => rollBack('', '', OPERATOR, 'nobody')).toThrow(/nobody has no contract/);
    publish(contractFixture({ package: 'other.v1', path: '/other' }), { service: 'other', owner: id('other') });
    expect(() => rollBack('', '', OPERATOR, 'other')).toThrow(/other has only one contract/);
    journal.read = () => undefined;
    expect(() => rollBack()).toThrow(/are lost/);
  });

  test('doesn’t guess between two contracts', () => {
    const same = Array.from({ length: 2 }, (_each, index) => `sha256:abcdef${String(index).repeat(58)}`);
    same.forEach((digest, index) =>
      journal.append({ service: 'twins', digest, owner: OWNER, publishedAt: index }, Uint8Array.of(index)),
    );
    const book = new ContractBook(journal);
    const other = new ContractCalls(book, undefined as never, new Owners(OPEN_OWNERS));
    const request = create(registryV1.RollBackContractRequestSchema, { service: 'twins', digest: 'abcdef' });
    expect(() => other.rollBack(OPERATOR, request)).toThrow(/is the beginning of several/);
  });
});
