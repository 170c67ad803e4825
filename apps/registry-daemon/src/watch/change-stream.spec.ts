import { create } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import { GatewayError } from '@gateway/errors';
import { fakeClock, type FakeClock } from '@gateway/testing';
import { instanceFixture } from '../lease/lease.fixture';
import { Revisions } from '../lease/revisions';
import { ChangeStream, HEARTBEAT_MS, LOADS_MS } from './change-stream';
import { MAX_BACKLOG, type Watcher } from './watcher';

let clock: FakeClock;
let revisions: Revisions;
let cut: number;
let instances: registryV1.Instance[];
let contracts: registryV1.ContractRef[];
let stream: ChangeStream;

beforeEach(() => {
  clock = fakeClock();
  revisions = new Revisions('e1');
  cut = 0;
  instances = [instanceFixture(), instanceFixture({ service: 'other' })];
  contracts = [create(registryV1.ContractRefSchema, { service: 'other', digest: 'd' })];
  const source = { revision: () => revisions.latest, instances: () => instances, contracts: () => contracts };
  stream = new ChangeStream(source, clock, () => (cut += 1));
});

async function read(watcher: Watcher): Promise<string> {
  const { value, done } = await watcher.next();
  if (done) return 'done';
  const { event, revision } = value as registryV1.WatchResponse;
  if (event.case === 'snapshot') return `snapshot of ${event.value.instances.length}+${event.value.contracts.length}`;
  if (event.case === undefined) return `heartbeat at ${revision!.n}`;
  const what =
    event.case === 'upserted' ? event.value.id : event.case === 'removed' ? event.value.id : event.value.digest;
  return `${event.case} ${what} at ${revision!.n}`;
}

describe('a watcher', () => {
  test('gets a snapshot, then every change in order', async () => {
    const watcher = stream.watch([]);
    stream.upserted(instanceFixture({ id: 'b' }), revisions.next());
    stream.removed('demo-service', 'b', revisions.next());
    stream.contract(contracts[0]!, revisions.next());
    const seen = [await read(watcher), await read(watcher), await read(watcher), await read(watcher)];
    expect(seen).toEqual(['snapshot of 2+1', 'upserted b at 1', 'removed b at 2', 'contract d at 3']);
  });

  test('that waits gets the next change at once', async () => {
    const watcher = stream.watch([]);
    await read(watcher);
    const next = read(watcher);
    stream.upserted(instanceFixture(), revisions.next());
    expect(await next).toBe('upserted a at 1');
  });

  test('of one service hears of no other', async () => {
    const watcher = stream.watch(['demo-service']);
    stream.upserted(instanceFixture({ service: 'other', id: 'x' }), revisions.next());
    stream.contract(contracts[0]!, revisions.next());
    stream.upserted(instanceFixture({ id: 'b' }), revisions.next());
    expect([await read(watcher), await read(watcher)]).toEqual(['snapshot of 1+0', 'upserted b at 3']);
  });

  test('that is too slow is cut, and what waits is dropped', async () => {
    const slow = stream.watch([]);
    const quick = stream.watch([]);
    for (let index = 0; index < MAX_BACKLOG; index++) {
      await quick.next();
      stream.upserted(instanceFixture(), revisions.next());
    }
    expect(cut).toBe(1);
    await expect(slow.next()).rejects.toMatchObject({ code: 'GW_RATE_LIMITED', definition: { grpc: 8 } });
    expect(stream.watchers).toBe(1);
    expect(await read(quick)).toBe(`upserted a at ${MAX_BACKLOG}`);
  });

  test('is let go when it leaves', async () => {
    const watcher = stream.watch([]);
    expect(stream.watchers).toBe(1);
    await watcher.return();
    expect(stream.watchers).toBe(0);
    expect(await read(watcher)).toBe('done');
    stream.upserted(instanceFixture(), revisions.next());
    expect(cut).toBe(0);
  });

  test('that waits when it leaves is released', async () => {
    const watcher = stream.watch([]);
    await read(watcher);
    const pending = read(watcher);
    await watcher.return();
    await watcher.return();
    expect(await pending).toBe('done');
  });

  test('can be read with for await', async () => {
    const watcher = stream.watch([]);
    const seen: (string | undefined)[] = [];
    for await (const { event } of watcher) {
      seen.push(event.case);
      stream.close();
    }
    expect(seen).toEqual(['snapshot']);
  });
});

test('watchers that come back together get one snapshot, as long as nothing changes', async () => {
  const snapshot = async (services: string[] = []) => (await stream.watch(services).next()).value;
  const first = await snapshot();
  expect(await snapshot()).toBe(first);
  expect(await snapshot(['other'])).not.toBe(first);
  stream.upserted(instanceFixture(), revisions.next());
  const second = await snapshot();
  expect(second).not.toBe(first);
  revisions.adopt({ epoch: 'e2', n: 0n });
  expect((await snapshot()).revision).toMatchObject({ epoch: 'e2' });
});

describe('loads', () => {
  const loaded = (id: string, connections: number) => instanceFixture({ id, load: { connections } });
  const loadsOf = async (watcher: Watcher, count: number): Promise<(number | undefined)[]> => {
    const loads: (number | undefined)[] = [];
    for (let at = 0; at < count; at++) {
      const { event } = (await watcher.next()).value as registryV1.WatchResponse;
      loads.push(event.case === 'upserted' ? event.value.load?.connections : undefined);
    }
    return loads;
  };

  beforeEach(() => stream.start());
  afterEach(() => stream.close());

  test('come together, once a second, the latest of each', async () => {
    const watcher = stream.watch([]);
    await watcher.next();
    for (const connections of [1, 2, 3]) stream.loaded(loaded('a', connections));
    stream.loaded(loaded('b', 9));
    expect(watcher.idle).toBe(true);
    clock.advance(LOADS_MS);
    expect(await loadsOf(watcher, 2)).toEqual([3, 9]);
    clock.advance(LOADS_MS);
    expect(watcher.idle).toBe(true);
  });

  test('don’t come when the instance was told or has gone meanwhile', async () => {
    const watcher = stream.watch([]);
    for (const id of ['a', 'b']) stream.loaded(loaded(id, 1));
    stream.upserted(loaded('a', 2), revisions.next());
    stream.removed('demo-service', 'b', revisions.next());
    clock.advance(LOADS_MS);
    expect([await read(watcher), await read(watcher), await read(watcher)]).toEqual([
      'snapshot of 2+1',
      'upserted a at 1',
      'removed b at 2',
    ]);
    expect(watcher.idle).toBe(true);
  });

  test('are in the next snapshot at once', async () => {
    const first = (await stream.watch([]).next()).value;
    stream.loaded(loaded('a', 1));
    expect((await stream.watch([]).next()).value).not.toBe(first);
  });

  test('take turns when there are many watchers, however many', async () => {
    const told = (watcher: Watcher) => loadsOf(watcher, 1);
    const watchers = Array.from({ length: 80 }, () => stream.watch(['demo-service']));
    await watchers[0]!.next();
    for (let id = 0; id < 5; id++) stream.loaded(loaded(`i${id}`, id));
    clock.advance(LOADS_MS);
    expect(await loadsOf(watchers[0]!, 2)).toEqual([0, 1]);
    expect(watchers[0]!.idle).toBe(true);
    stream.loaded(loaded('i0', 7));
    clock.advance(LOADS_MS);
    expect(await loadsOf(watchers[0]!, 3)).toEqual([2, 3, 4]);
    for (let more = 0; more < 320; more++) watchers.push(stream.watch(['demo-service']));
    for (const next of [7, 8, 9]) {
      stream.loaded(loaded('i0', next));
      clock.advance(2 * LOADS_MS);
      expect(await told(watchers[0]!)).toEqual([next]);
    }
  });
});

describe('heartbeats', () => {
  test('come to those who have read everything', async () => {
    stream.start();
    const idle = stream.watch([]);
    const busy = stream.watch([]);
    await read(idle);
    clock.advance(HEARTBEAT_MS);
    expect(await read(idle)).toBe('heartbeat at 0');
    expect(await read(busy)).toBe('snapshot of 2+1');
    const next = read(busy);
    clock.advance(HEARTBEAT_MS);
    expect(await next).toBe('heartbeat at 0');
  });

  test('end with the stream, and every watch too', async () => {
    stream.start();
    const watcher = stream.watch([]);
    await read(watcher);
    const pending = read(watcher);
    stream.close();
    expect(await pending).toBe('done');
    expect(clock.pending).toBe(0);
    expect(stream.watchers).toBe(0);
  });
});

test('a waiting watcher that is cut learns why', async () => {
  const watcher = stream.watch([]);
  await read(watcher);
  const pending = watcher.next();
  watcher.finish(new GatewayError('GW_RATE_LIMITED'));
  await expect(pending).rejects.toMatchObject({ code: 'GW_RATE_LIMITED' });
});
