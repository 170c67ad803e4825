import { beforeEach, describe, expect, test } from '@jest/globals';
import { fakeClock, type FakeClock } from '@gateway/testing';
import { Expiry, KEPT_LEASES, RECHECK_MS } from './expiry';
import type { Lease } from './lease';
import { LeaseTable } from './lease-table';
import { instanceFixture, leaseFixture, RecordingListener } from './lease.fixture';
import type { LeaseVerdict } from './lease-verdicts';
import { Revisions } from './revisions';
import { FREEZE_MS, SelfPreservation } from './self-preservation';

const LEASE_MS = 10_000;

let clock: FakeClock;
let table: LeaseTable;
let listener: RecordingListener;
let expiry: Expiry;
/** What the store says that is left, by id; null: it is away. */
let left: Map<string, number> | null;
/** Ids that the store still finds renewed when it is to end them. */
let renewed: Set<string>;
let verdicts: Map<string, LeaseVerdict>;
let others: boolean;
let settled: boolean;
let mine: (lease: Lease) => boolean;
let expired: string[];
let kept: string[];
let frozen: boolean[];
/** Runs while the store is asked. */
let meanwhile: () => void;

beforeEach(() => {
  clock = fakeClock();
  listener = new RecordingListener();
  table = new LeaseTable(clock, new Revisions('e'), listener);
  [left, renewed, verdicts] = [new Map(), new Set(), new Map()];
  [expired, kept, frozen] = [[], [], []];
  [others, settled] = [false, true];
  mine = () => true;
  meanwhile = () => undefined;
  const shared = {
    remaining: async (leases: readonly Lease[]) => {
      meanwhile();
      const answer = left;
      return answer && new Map(leases.flatMap((lease) => entryOf(lease, answer.get(lease.id))));
    },
    isSettled: () => settled,
    expire: async (leases: readonly Lease[]) => {
      const ended = leases.filter(({ id }) => !renewed.has(id));
      for (const lease of ended) table.forget(lease);
      return ended;
    },
  };
  const jurisdiction = { isMine: (lease: Lease) => mine(lease), alone: () => !others };
  const preservation = new SelfPreservation(clock, (freeze) => frozen.push(freeze !== null));
  const judge = { verdictOf: ({ id }: Lease) => verdicts.get(id) ?? 'unknown' };
  expiry = new Expiry({ table, shared, jurisdiction, verdicts: judge, preservation }, clock, {
    expired: (leases) => expired.push(...leases.map(({ id }) => id)),
    kept: ({ id }) => kept.push(id),
  });
});

const entryOf = (lease: Lease, ms: number | undefined): [Lease, number][] => (ms === undefined ? [] : [[lease, ms]]);
const register = (...ids: string[]): Lease[] =>
  ids.map((id) => {
    left?.set(id, 0);
    return table.register(instanceFixture({ id }), LEASE_MS);
  });
const many = (count: number): string[] => Array.from({ length: count }, (_each, index) => `i${index}`);

async function sweepAfter(ms: number): Promise<void> {
  clock.advance(ms);
  await expiry.sweep();
}

describe('with a store', () => {
  test('a lease that ran out ends', async () => {
    register('a');
    await sweepAfter(LEASE_MS - 1);
    expect(expired).toEqual([]);
    await sweepAfter(1);
    expect(expired).toEqual(['a']);
    expect(listener.causes.at(-1)).toBe('learnt');
  });

  test('one that was renewed at another daemon goes on', async () => {
    register('a');
    left!.set('a', 4_000);
    await sweepAfter(LEASE_MS);
    left!.set('a', 0);
    await sweepAfter(3_999);
    expect(expired).toEqual([]);
    await sweepAfter(1);
    expect(expired).toEqual(['a']);
  });

  test('one that is gone from the store is left to whoever asked it', async () => {
    register('a');
    left!.clear();
    await sweepAfter(LEASE_MS);
    expect([expired, table.size]).toEqual([[], 1]);
  });

  test('one that the store finds renewed in the end isn’t counted', async () => {
    register('a', 'b');
    renewed.add('a');
    await sweepAfter(LEASE_MS);
    expect(expired).toEqual(['b']);
    register('c');
    renewed.add('c');
    await sweepAfter(LEASE_MS);
    expect(expired).toEqual(['b']);
  });

  test('one that is renewed, changed or given up while the store is asked is left alone', async () => {
    const [a, b, c] = register('a', 'b', 'c');
    meanwhile = () => {
      table.renew(a!, { state: 0 });
      table.annotate(b!, b!.generation, { ejection: undefined, health: undefined });
      table.deregister(c!);
      table.register(instanceFixture({ id: 'b' }), LEASE_MS);
    };
    await sweepAfter(LEASE_MS);
    expect([expired, table.size]).toEqual([[], 2]);
  });

  test('one that may have been renewed at a daemon that isn’t back yet is waited for', async () => {
    table.learn(leaseFixture({ epoch: 'e', n: 1n }));
    register('b');
    left!.set('a', -5_000);
    settled = false;
    await sweepAfter(LEASE_MS);
    await sweepAfter(RECHECK_MS);
    expect(expired).toEqual(['b']);
    settled = true;
    await sweepAfter(RECHECK_MS);
    expect(expired).toEqual(['b', 'a']);
  });

  test('another daemon’s is left to it', async () => {
    register('a', 'b');
    others = true;
    mine = ({ id }) => id === 'a';
    await sweepAfter(LEASE_MS);
    expect(expired).toEqual(['a']);
    mine = () => true;
    await sweepAfter(RECHECK_MS);
    expect(expired).toEqual(['a', 'b']);
  });

  test('a sweep waits for the one before', async () => {
    register('a');
    clock.advance(LEASE_MS);
    let asked = 0;
    meanwhile = () => (asked += 1);
    await Promise.all([expiry.sweep(), expiry.sweep()]);
    expect(asked).toBe(1);
  });
});

describe('without the store', () => {
  test('whoever was renewed here ends by this daemon’s own clock', async () => {
    register('a');
    left = null;
    others = true;
    mine = () => false;
    await sweepAfter(LEASE_MS);
    expect(expired).toEqual(['a']);
    expect(listener.causes.at(-1)).toBe('expired');
  });

  test('whoever is renewed elsewhere lives on, until the store says otherwise', async () => {
    table.learn(leaseFixture({ epoch: 'e', n: 1n }));
    left = null;
    others = true;
    await sweepAfter(LEASE_MS);
    await sweepAfter(60 * LEASE_MS);
    expect(expired).toEqual([]);
    left = new Map([['a', -1]]);
    await sweepAfter(RECHECK_MS);
    expect(expired).toEqual(['a']);
  });

  test('there is no elsewhere for a daemon that is alone', async () => {
    table.learn(leaseFixture({ epoch: 'e', n: 1n }));
    left = null;
    await sweepAfter(LEASE_MS);
    expect(expired).toEqual(['a']);
  });
});

describe('what callers say', () => {
  test('an instance that answers is kept, for a while, and counted once', async () => {
    register('a');
    verdicts.set('a', 'answering');
    await sweepAfter(LEASE_MS);
    await sweepAfter(KEPT_LEASES * LEASE_MS - 1);
    expect([expired, kept]).toEqual([[], ['a']]);
    await sweepAfter(RECHECK_MS);
    expect(expired).toEqual(['a']);
  });

  test('one that is renewed in the end is as before', async () => {
    const [lease] = register('a');
    verdicts.set('a', 'answering');
    await sweepAfter(LEASE_MS);
    table.renew(lease!, { state: 0 });
    expect(table.overdue).toBe(0);
    await sweepAfter(LEASE_MS);
    expect(kept).toEqual(['a', 'a']);
  });

  test('one that refuses ends at once, also when others are kept', async () => {
    const all = many(10);
    register(...all);
    verdicts.set('i3', 'refusing');
    await sweepAfter(LEASE_MS);
    expect([expired, frozen]).toEqual([['i3'], [true]]);
  });

  test('those that refuse say nothing about the network', async () => {
    const all = many(10);
    register(...all);
    for (const id of all) verdicts.set(id, 'refusing');
    await sweepAfter(LEASE_MS);
    expect([expired, frozen]).toEqual([all, []]);
  });
});

describe('self-preservation', () => {
  test('of five, one ends', async () => {
    const [dead, ...alive] = register(...many(5));
    clock.advance(LEASE_MS - 1);
    for (const lease of alive) table.renew(lease, { state: 0 });
    await sweepAfter(1);
    expect(expired).toEqual([dead!.id]);
    expect(frozen).toEqual([]);
  });

  test('nobody ends when twenty run out together; when they are renewed it is over', async () => {
    const all = register(...many(20));
    await sweepAfter(LEASE_MS);
    await sweepAfter(60_000);
    expect([expired, table.size, frozen]).toEqual([[], 20, [true]]);
    const [gone, ...back] = all;
    for (const lease of back) table.renew(lease, { state: 0 });
    await sweepAfter(1_000);
    expect(frozen).toEqual([true, false]);
    expect(expired).toEqual([gone!.id]);
  });

  test('ends in a bounded time, and then they go', async () => {
    const all = many(20);
    register(...all);
    await sweepAfter(LEASE_MS);
    await sweepAfter(FREEZE_MS - 1);
    expect(expired).toEqual([]);
    await sweepAfter(RECHECK_MS);
    expect([expired, frozen]).toEqual([all, [true, false]]);
  });

  test('most are kept when they run out one after the other', async () => {
    for (const id of many(20)) {
      register(id);
      clock.advance(150);
    }
    for (let sweep = 0; sweep < 40; sweep++) await sweepAfter(500);
    expect(expired.length).toBeLessThanOrEqual(3);
    expect(table.size).toBeGreaterThanOrEqual(17);
    expect(frozen).toEqual([true]);
  });
});
