import { beforeEach, expect, test } from '@jest/globals';
import { fakeClock, type FakeClock } from '@gateway/testing';
import { PlatformHealth } from './platform-health';
import type { PlatformNode } from './tree';

let clock: FakeClock;
let computations: PromiseWithResolvers<PlatformNode>[];
let health: PlatformHealth;

beforeEach(() => {
  clock = fakeClock();
  computations = [];
  health = new PlatformHealth(clock, () => {
    const computation = Promise.withResolvers<PlatformNode>();
    computations.push(computation);
    return computation.promise;
  });
});

const tree = (why: string): PlatformNode => ({ state: 'ok', why, since: '', at: '', services: [] });

/** Ends the computation under way with a tree. */
async function computed(why: string): Promise<void> {
  computations.at(-1)!.resolve(tree(why));
  await new Promise((resolve) => setImmediate(resolve));
}

test('a tree is shown for 30 s', async () => {
  const first = health.current();
  await computed('first');
  expect(await first).toMatchObject({ why: 'first' });
  clock.advance(29_999);
  expect(await health.current()).toMatchObject({ why: 'first' });
  clock.advance(1);
  const second = health.current();
  await computed('second');
  expect(await second).toMatchObject({ why: 'second' });
  expect(computations).toHaveLength(2);
});

test('everybody who asks meanwhile shares one computation', async () => {
  const all = Promise.all([health.current(), health.fresh(), health.current()]);
  await computed('one');
  expect((await all).map(({ why }) => why)).toEqual(['one', 'one', 'one']);
  expect(computations).toHaveLength(1);
});

test('a fresh one comes at most once a second', async () => {
  void health.fresh();
  await computed('first');
  clock.advance(999);
  expect(await health.fresh()).toMatchObject({ why: 'first' });
  clock.advance(1);
  const second = health.fresh();
  await computed('second');
  expect(await second).toMatchObject({ why: 'second' });
  expect(await health.current()).toMatchObject({ why: 'second' });
});

test('a computation that fails is told, and the next one asks anew', async () => {
  const failed = health.current();
  computations[0]!.reject(new Error('a bug'));
  await expect(failed).rejects.toThrow('a bug');
  const next = health.current();
  await computed('good');
  expect(await next).toMatchObject({ why: 'good' });
});
