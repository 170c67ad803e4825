import { expect, test } from '@jest/globals';
import { RevocationSet, type Revocation } from '@gateway/identity';
import { fakeClock } from '@gateway/testing';
import { RevocationKeeper } from './revocation-keeper';

/** A store whose health and content a test changes. */
class Store {
  readonly content = new Map<string, number>();
  up = true;
  saves = 0;

  async load(): Promise<Revocation[]> {
    this.check();
    return [...this.content].map(([sessionId, until]) => ({ sessionId, until }));
  }

  async save(revocations: readonly Revocation[]): Promise<void> {
    this.check();
    this.saves += 1;
    for (const { sessionId, until } of revocations) this.content.set(sessionId, until);
  }

  private check(): void {
    if (!this.up) throw new Error('refused');
  }
}

function start() {
  const clock = fakeClock();
  const set = new RevocationSet(clock);
  const store = new Store();
  const states: string[] = [];
  const observer = { ok: () => states.push('ok'), degraded: (why: string) => states.push(why) };
  const keeper = new RevocationKeeper(set, store, clock, observer);
  return { clock, set, store, states, keeper, until: clock.now() + 60_000 };
}

/** Lets what is under way end. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('a sync brings each what the other knows', async () => {
  const { set, store, keeper, until } = start();
  store.up = false;
  set.revoke('in memory', until);
  await settle();
  store.up = true;
  store.content.set('in the store', until);
  await keeper.sync();
  expect(set.has('in the store')).toBe(true);
  expect([...store.content.keys()].toSorted()).toEqual(['in memory', 'in the store']);
});

test('each new revocation is written; one that arrives during a sync, too', async () => {
  const { set, store, states, keeper, until } = start();
  set.revoke('a', until);
  await settle();
  expect([...store.content.keys()]).toEqual(['a']);
  const syncing = keeper.sync();
  set.revoke('b', until);
  await Promise.all([syncing, keeper.sync()]);
  expect([...store.content.keys()].toSorted()).toEqual(['a', 'b']);
  expect(new Set(states)).toEqual(new Set(['ok']));
});

test('a store that fails is tried again every second until all is written', async () => {
  const { clock, set, store, states, until } = start();
  store.up = false;
  set.revoke('a', until);
  set.revoke('b', until);
  await settle();
  expect(states.at(-1)).toBe('revocations are kept in memory only: refused');
  clock.advance(1_000);
  await settle();
  store.up = true;
  clock.advance(1_000);
  await settle();
  expect([...store.content.keys()].toSorted()).toEqual(['a', 'b']);
  expect(states.at(-1)).toBe('ok');
  expect(clock.pending).toBe(0);
});

test('after closing nothing is written or tried again', async () => {
  const { clock, set, store, keeper, until } = start();
  store.up = false;
  const syncing = keeper.sync();
  keeper.close();
  await syncing;
  set.revoke('a', until);
  await settle();
  expect([store.saves, clock.pending]).toEqual([0, 0]);
});
