import { expect, test } from '@jest/globals';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { RevocationSet } from '@gateway/identity';
import { fakeClock } from '@gateway/testing';
import { watchRevocations } from './revocation-stream';

function start() {
  const clock = fakeClock();
  const set = new RevocationSet(clock);
  const end = new AbortController();
  const stream = watchRevocations(set, end.signal);
  const until = clock.now() + 60_000;
  const message = (sessionId: string) => ({ sessionId, until: timestampFromMs(until) });
  const next = async () => (await stream.next()).value;
  return { set, end, stream, until, message, next };
}

test('tells what is in force, that this was all, and then each as it happens', async () => {
  const { set, until, message, next } = start();
  set.revoke('a', until);
  expect(await next()).toEqual(message('a'));
  // Between the present and the news nothing is lost.
  set.revoke('b', until);
  expect(await next()).toEqual({ synced: true });
  expect(await next()).toEqual(message('b'));
  const waiting = next();
  set.revoke('c', until);
  set.revoke('d', until);
  expect(await waiting).toEqual(message('c'));
  expect(await next()).toEqual(message('d'));
});

test('ends when the watcher goes, also while it waits', async () => {
  const { end, stream, next } = start();
  expect(await next()).toEqual({ synced: true });
  const waiting = stream.next();
  end.abort();
  expect(await waiting).toEqual({ done: true, value: undefined });
});

test('a watcher that is too slow is cut, and holds no more than its bound', async () => {
  const { set, until, next } = start();
  expect(await next()).toEqual({ synced: true });
  for (let i = 0; i < 10_100; i++) set.revoke(`s-${i}`, until);
  await expect(next()).rejects.toMatchObject({ code: 'GW_OVERLOADED' });
});
