import { create } from '@bufbuild/protobuf';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import { fakeClock, type FakeClock } from '@gateway/testing';
import fc from 'fast-check';
import { type Lease, leaseIdOf, parseLeaseId } from './lease';
import { LeaseTable } from './lease-table';
import { instanceFixture, leaseFixture, RecordingListener } from './lease.fixture';
import { isOlder, Revisions } from './revisions';

const { READY, DRAINING, STARTING, UNSPECIFIED } = registryV1.InstanceState;

let clock: FakeClock;
let revisions: Revisions;
let listener: RecordingListener;
let table: LeaseTable;

beforeEach(() => {
  clock = fakeClock();
  revisions = new Revisions('e1');
  listener = new RecordingListener();
  table = new LeaseTable(clock, revisions, listener);
});

const found = (leaseId: string): Lease => table.find(leaseId) as Lease;

describe('registering', () => {
  test('gives a generation and tells it', () => {
    const lease = table.register(instanceFixture(), 10_000);
    expect(lease.generation).toEqual({ epoch: 'e1', n: 1n });
    expect(lease.instance.generation).toMatchObject({ epoch: 'e1', n: 1n });
    expect(table.find(leaseIdOf(lease))).toBe(lease);
    expect(table.get({ service: 'demo-service', id: 'a' })).toBe(lease);
    expect(listener.told).toEqual(['upserted a at 1']);
  });

  test('again replaces the former generation, which is fenced', () => {
    const first = leaseIdOf(table.register(instanceFixture(), 10_000));
    const second = leaseIdOf(table.register(instanceFixture(), 10_000));
    expect(table.find(first)).toBe('replaced');
    expect(found(second).generation.n).toBe(2n);
    expect(table.of('demo-service')).toHaveLength(1);
  });

  test('several instances and services', () => {
    table.register(instanceFixture(), 10_000);
    table.register(instanceFixture({ id: 'b' }), 10_000);
    table.register(instanceFixture({ service: 'other' }), 10_000);
    expect(table.counts()).toEqual(new Map([['demo-service', 2], ['other', 1]])); // prettier-ignore
    expect(table.all()).toHaveLength(3);
    expect(table.of('nothing')).toEqual([]);
  });
});

describe('finding', () => {
  test.each([
    '',
    'x',
    'demo-service/a',
    'demo-service/a@e1.x',
    'demo-service/b@e1.1',
    'other/a@e1.1',
    'demo-service/a@e2.1',
  ])('%j is unknown', (leaseId) => {
    table.register(instanceFixture(), 10_000);
    expect(table.find(leaseId)).toBe('unknown');
  });

  test('a generation that was never given is unknown', () => {
    table.register(instanceFixture(), 10_000);
    expect(table.find('demo-service/a@e1.9')).toBe('unknown');
  });
});

describe('renewing', () => {
  test('extends the lease and tells others nothing when nothing changed', () => {
    const lease = table.register(instanceFixture(), 10_000);
    clock.advance(9_000);
    table.renew(lease, { state: UNSPECIFIED });
    clock.advance(9_000);
    expect(table.expire()).toEqual([]);
    expect(listener.told).toEqual(['upserted a at 1', 'renewed a']);
  });

  test('passes a new load and a new state on', () => {
    const lease = table.register(instanceFixture({ state: STARTING }), 10_000);
    const load = create(registryV1.LoadSchema, { connections: 5 });
    const loaded = table.renew(lease, { load, state: READY });
    expect(loaded.instance).toMatchObject({ state: READY, load: { connections: 5 } });
    expect(table.renew(loaded, { state: DRAINING }).instance.load?.connections).toBe(5);
    expect(listener.told).toEqual(['upserted a at 1', 'upserted a at 2', 'upserted a at 3']);
  });

  test('never goes back in life', () => {
    const lease = table.register(instanceFixture({ state: DRAINING }), 10_000);
    expect(table.renew(lease, { state: READY }).instance.state).toBe(DRAINING);
  });
});

describe('the end', () => {
  test('comes when a lease isn’t renewed, at its own time', () => {
    table.register(instanceFixture(), 1_000);
    table.register(instanceFixture({ id: 'b' }), 2_000);
    clock.advance(999);
    expect(table.expire()).toEqual([]);
    clock.advance(1);
    expect(table.expire().map(({ id }) => id)).toEqual(['a']);
    clock.advance(1_000);
    expect(table.expire().map(({ id }) => id)).toEqual(['b']);
    expect(table.counts().size).toBe(0);
    expect(listener.told.slice(2)).toEqual(['removed a at 3', 'removed b at 4']);
  });

  test('comes when it is given up', () => {
    const lease = table.register(instanceFixture(), 1_000);
    table.deregister(lease);
    expect(table.find(leaseIdOf(lease))).toBe('unknown');
    expect(listener.told.at(-1)).toBe('removed a at 2');
  });

  test('is put off for a time in which nobody could renew', () => {
    table.register(instanceFixture(), 1_000);
    clock.advance(5_000);
    table.extend(4_500);
    expect(table.expire()).toEqual([]);
  });

  test('doesn’t come by setting the clock', () => {
    table.register(instanceFixture(), 1_000);
    clock.setNow(clock.now() + 3_600_000);
    expect(table.expire()).toEqual([]);
  });
});

describe('restoring', () => {
  test('takes a lease for its whole length, under its old generation', () => {
    const lease = leaseFixture({ epoch: 'e0', n: 7n });
    expect(table.restore(lease)).toBe(true);
    clock.advance(9_999);
    expect(table.expire()).toEqual([]);
    expect(table.find('demo-service/a@e0.7')).toBe(lease);
    expect(listener.told).toEqual(['upserted a at 1']);
  });

  test('leaves what is known', () => {
    const lease = table.register(instanceFixture(), 1_000);
    expect(table.restore(leaseFixture({ epoch: 'e0', n: 7n }))).toBe(false);
    expect(table.all()).toEqual([lease]);
  });
});

describe('revisions', () => {
  test('go on behind the store’s, and never back', () => {
    revisions.adopt({ epoch: 'e2', n: 10n });
    expect(revisions.next()).toEqual({ epoch: 'e2', n: 11n });
    revisions.adopt({ epoch: 'e3', n: 2n });
    expect(revisions.latest).toEqual({ epoch: 'e3', n: 11n });
  });

  test('of different epochs have no order', () => {
    expect(isOlder({ epoch: 'a', n: 1n }, { epoch: 'a', n: 2n })).toBe(true);
    expect(isOlder({ epoch: 'a', n: 2n }, { epoch: 'a', n: 2n })).toBe(false);
    expect(isOlder({ epoch: 'a', n: 1n }, { epoch: 'b', n: 2n })).toBe(false);
  });
});

test('whatever the text, a lease id is one or isn’t', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[^/@]{0,5}\/[^/@]{0,5}@[^.@]{0,3}\.\d{0,25}$/)), (text) => {
      const parsed = parseLeaseId(text);
      if (parsed)
        expect(leaseIdOf({ ...parsed, leaseMs: 1, instance: instanceFixture() })).toBe(text.replace(/\.0*(?=\d)/, '.'));
      expect(['unknown', 'replaced']).toContain(table.find(text));
    }),
  );
});
