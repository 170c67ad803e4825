import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import { fakeClock, type FakeClock } from '@gateway/testing';
import { alone, type Members } from '../cluster/members';
import type { Lease } from '../lease/lease';
import { LeaseTable } from '../lease/lease-table';
import { instanceFixture, RecordingListener } from '../lease/lease.fixture';
import { Revisions } from '../lease/revisions';
import { type EjectionMode, Ejector } from './ejector';
import { ReportBook } from './report-book';
import type { Said } from './report';

const { InstanceState, HealthState, Verdict } = registryV1;

let clock: FakeClock;
let table: LeaseTable;
let book: ReportBook;
let told: string[];
let leases: Lease[];

beforeEach(() => {
  clock = fakeClock();
  table = new LeaseTable(clock, new Revisions('e'), new RecordingListener());
  book = new ReportBook(clock);
  told = [];
  leases = ['a', 'b', 'c'].map((id) => table.register(instanceFixture({ id }), 60_000));
});

function ejector(mode: EjectionMode, members: Members = alone('one')): Ejector {
  const listener = {
    begun: (service: string, { id }: { id: string }) => told.push(`${service}/${id} is out`),
    ended: (service: string, { id }: { id: string }) => told.push(`${service}/${id} is back`),
  };
  const made = new Ejector({ table, members, reports: book, clock, mode, listener });
  made.start();
  return made;
}

/** Two gateways say of each instance: `-` it fails, `+` it answers. */
function report(signs: string, verdict = Verdict.FAILING): void {
  const said = leases.map(({ id, generation }, at): [string, Said] => {
    const answers = signs[at] === '+';
    return [id, { generation, verdict: answers ? Verdict.ANSWERING : verdict, fresh: true, why: 'it hurts' }];
  });
  for (const reporter of ['edge-1', 'edge-2'])
    book.accept({ reporter, validMs: 10_000, services: new Map([['demo-service', new Map(said)]]) });
}

const ejectionOf = (at: number) => table.get(leases[at]!)?.instance.ejection;
const note = (at: number, change: { shadow?: boolean; untilMs?: number }): void => {
  const { shadow = false, untilMs } = change;
  const until = untilMs === undefined ? undefined : timestampFromMs(untilMs);
  const ejection = create(registryV1.EjectionSchema, { why: 'noted', shadow, until });
  table.annotate(leases[at]!, leases[at]!.generation, { ejection });
};

test('an ejection is noted on the lease, for as long as it lasts', () => {
  ejector('enforce');
  report('-++');
  clock.advance(1_000);
  expect(ejectionOf(0)).toMatchObject({ why: 'it hurts', agreed: 2, reporters: 2, shadow: false });
  expect(timestampMs(ejectionOf(0)!.until!)).toBe(clock.now() + 30_000);
  clock.advance(29_000);
  expect(ejectionOf(0)).toBeDefined();
  clock.advance(1_000);
  expect(ejectionOf(0)).toBeUndefined();
  expect(told).toEqual(['demo-service/a is out', 'demo-service/a is back']);
});

test('an ejection can be sent, whatever fraction of a millisecond it began at', () => {
  clock.advance(0.3);
  ejector('enforce');
  report('-++');
  clock.advance(1_000.4);
  const { instance } = table.get(leases[0]!)!;
  expect(fromBinary(registryV1.InstanceSchema, toBinary(registryV1.InstanceSchema, instance))).toEqual(instance);
  expect(instance.ejection).toBeDefined();
});

test('in shadow mode it says so, and is otherwise the same', () => {
  ejector('shadow');
  report('+-+', Verdict.REFUSING);
  clock.advance(1_000);
  expect(ejectionOf(1)).toMatchObject({ agreed: 2, reporters: 2, shadow: true });
});

test('it costs watchers nothing while nothing changes', () => {
  ejector('enforce');
  report('-++');
  clock.advance(1_000);
  const known = table.get(leases[0]!);
  clock.advance(20_000);
  expect(table.get(leases[0]!)).toBe(known);
});

test('switched off, nothing is ejected, and what was is back', () => {
  note(0, { untilMs: clock.now() + 60_000 });
  ejector('off');
  report('+-+');
  clock.advance(1_000);
  expect([ejectionOf(0), ejectionOf(1)]).toEqual([undefined, undefined]);
});

describe('what is noted', () => {
  test('by another daemon goes on, until its time', () => {
    note(0, { untilMs: clock.now() + 5_000 });
    ejector('enforce');
    clock.advance(4_000);
    expect(ejectionOf(0)).toMatchObject({ why: 'noted' });
    clock.advance(2_000);
    expect(ejectionOf(0)).toBeUndefined();
  });

  test('in another mode, or without an end, is put right', () => {
    note(0, { untilMs: clock.now() + 60_000, shadow: true });
    note(1, {});
    ejector('enforce');
    clock.advance(1_000);
    expect([ejectionOf(0), ejectionOf(1)]).toEqual([undefined, undefined]);
  });

  test('and was undone by a late writer is noted again', () => {
    ejector('enforce');
    report('-++');
    clock.advance(1_000);
    table.annotate(leases[0]!, leases[0]!.generation, { ejection: null });
    clock.advance(1_000);
    expect(ejectionOf(0)).toMatchObject({ why: 'it hurts' });
    expect(told).toEqual(['demo-service/a is out']);
  });
});

test('instances that aren’t ready, and those that fail the registry’s own checks, are left alone', () => {
  table.renew(leases[0]!, { state: InstanceState.DRAINING });
  const health = create(registryV1.HealthSchema, { state: HealthState.FAILING });
  table.annotate(leases[1]!, leases[1]!.generation, { health });
  ejector('enforce');
  report('-++');
  clock.advance(1_000);
  report('+-+');
  clock.advance(1_000);
  expect(told).toEqual([]);
});

test('one living daemon judges a service; another one takes over with what is noted', () => {
  let live = ['one', 'two'];
  const members = (self: string): Members => ({ self, live: () => live, onChange: () => () => undefined });
  const judges = [ejector('enforce', members('one')), ejector('enforce', members('two'))];
  report('-++');
  clock.advance(2_000);
  expect(told).toEqual(['demo-service/a is out']);
  const until = ejectionOf(0)!.until;
  for (const survivor of ['one', 'two']) {
    live = [survivor];
    clock.advance(2_000);
    expect(ejectionOf(0)!.until).toEqual(until);
  }
  expect(told).toEqual(['demo-service/a is out']);
  live = ['one', 'two'];
  clock.advance(26_000);
  expect(told.at(-1)).toBe('demo-service/a is back');
  judges.forEach((judge) => judge.stop());
  expect(clock.pending).toBe(0);
  const idle = { table, members: alone('one'), reports: book, clock, mode: 'off', listener: {} as never } as const;
  expect(() => new Ejector(idle).stop()).not.toThrow();
});
