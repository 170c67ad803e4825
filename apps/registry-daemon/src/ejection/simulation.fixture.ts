import { fakeClock } from '@gateway/testing';
import { alone } from '../cluster/members';
import type { Lease } from '../lease/lease';
import { LeaseTable } from '../lease/lease-table';
import { instanceFixture, RecordingListener } from '../lease/lease.fixture';
import { Revisions } from '../lease/revisions';
import { Ejector } from './ejector';
import { ReportBook } from './report-book';
import { maxEjected } from './service-ejections';
import { type Link, SimulatedEdge } from './simulated-edge.fixture';

/** What is wrong in a world. Edges and instances are numbers from 0; seconds count from the world's beginning. */
export interface Trouble {
  /** Edges that report everything as failing. */
  readonly liars?: number;
  /** How an edge reaches an instance; only random noise when not given. */
  readonly link?: (edge: number, instance: number, world: World, second: number) => Link;
  /** Whether an instance is really bad. */
  readonly isBad?: (instance: number) => boolean;
}

/** A world's size. */
export interface World {
  readonly edges: number;
  readonly instances: number;
  /** From 0 (included) to 1 (excluded), always the same for the same numbers: what is cut stays cut. */
  chance(one: number, other: number): number;
}

/** What became of a world. */
export interface Outcome {
  /** How many instances were ever out that weren't bad. */
  readonly goodEjected: number;
  /** Seconds until each bad instance was out for the first time; Infinity: never. */
  readonly badOutAfter: readonly number[];
  /** How many were out at a time, at most; and how many may be. */
  readonly mostOut: number;
  readonly cap: number;
}

/** Errors of a service that is well. */
const NOISE = 0.005;
const REPORT_EVERY_S = 2;

/** Lets a world run: real edges' outlier detection, real reports, real decisions; only the calls are made up. */
export function simulate(seed: number, trouble: Trouble, seconds = 30): Outcome {
  const random = randomFrom(seed);
  const world: World = {
    edges: 20 + Math.floor(random() * 31),
    instances: 10 + Math.floor(random() * 21),
    chance: (one, other) => randomFrom(seed * 1_000_003 + one * 1_009 + other)(),
  };
  const clock = fakeClock();
  const table = new LeaseTable(clock, new Revisions('e'), new RecordingListener());
  const leases = Array.from({ length: world.instances }, (_each, at) =>
    table.register(instanceFixture({ id: `i${at}` }), 60_000),
  );
  const book = new ReportBook(clock);
  const firstOut = new Map<string, number>();
  const listener = {
    begun: (_service: string, { id }: { id: string }) => {
      if (!firstOut.has(id)) firstOut.set(id, clock.monotonic() / 1_000);
    },
    ended: () => undefined,
  };
  const parts = { table, members: alone('one'), reports: book, clock, listener };
  const ejector = new Ejector({ ...parts, mode: 'enforce' });
  ejector.start();

  const isOut = (lease: Lease): boolean => table.get(lease)!.instance.ejection !== undefined;
  const edges = Array.from(
    { length: world.edges },
    (_each, at) => new SimulatedEdge(`edge-${at}`, leases, random, at < (trouble.liars ?? 0)),
  );
  let mostOut = 0;
  for (let second = 0; second < seconds; second++) {
    edges.forEach((edge, at) => {
      edge.call(clock.monotonic(), (instance) => trouble.link?.(at, instance, world, second) ?? NOISE, isOut);
      if ((second + at) % REPORT_EVERY_S === 0) book.accept(edge.report());
    });
    clock.advance(1_000);
    mostOut = Math.max(mostOut, leases.filter(isOut).length);
  }
  ejector.stop();
  const bad = leases.filter((_lease, at) => trouble.isBad?.(at));
  return {
    goodEjected: [...firstOut.keys()].filter((id) => !bad.some((lease) => lease.id === id)).length,
    badOutAfter: bad.map(({ id }) => firstOut.get(id) ?? Infinity),
    ...{ mostOut, cap: maxEjected(world.instances) },
  };
}

// Looked up once: in a test's context each use of a global costs as much as the whole generator.
const { imul } = Math;

/** Numbers from 0 (included) to 1 (excluded) that follow from a seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
