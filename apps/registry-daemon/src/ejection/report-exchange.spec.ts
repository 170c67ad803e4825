import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { fakeClock, type FakeClock } from '@gateway/testing';
import type { Members } from '../cluster/members';
import { reportFixture, saidBy } from './ejection.fixture';
import { encodeReport } from './report';
import { MAX_REPORTERS, ReportBook } from './report-book';
import { ReportExchange } from './report-exchange';
import { NO_REPORT_STORE, type ReportStore, type StoredReport } from './report-store';

/** What two daemons share. */
let stored: (Omit<StoredReport, 'leftMs'> & { until: number })[];
let broken: boolean;
let clock: FakeClock;
let live: string[];
let unreadable: string[];
let exchanges: ReportExchange[];

const store: ReportStore = {
  put(reporter, bytes, leftMs) {
    if (broken) return Promise.reject(new Error('redis is down'));
    stored.push({ reporter, bytes, until: clock.monotonic() + leftMs });
    return Promise.resolve();
  },
  fresh() {
    if (broken) return Promise.reject(new Error('redis is down'));
    const all = stored.map(({ until, ...rest }) => ({ ...rest, leftMs: until - clock.monotonic() }));
    return Promise.resolve(all.filter(({ leftMs }) => leftMs > 0));
  },
};

beforeEach(() => {
  [stored, broken, live, unreadable, exchanges] = [[], false, ['one', 'two'], [], []];
  clock = fakeClock();
});
afterEach(() => {
  exchanges.forEach((exchange) => exchange.stop());
  expect(clock.pending).toBe(0);
});

function daemon(self: string, shared = store): { book: ReportBook; exchange: ReportExchange } {
  const members: Members = { self, live: () => live, onChange: () => () => undefined };
  const book = new ReportBook(clock);
  const exchange = new ReportExchange(book, shared, members, clock, (what) => unreadable.push(what));
  exchanges.push(exchange);
  exchange.start();
  return { book, exchange };
}

/** Lets time pass, with whatever is waited for. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 500) {
    clock.advance(Math.min(500, left));
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }
}

test('what one daemon is told, another knows within a second, for as long as it counts', async () => {
  const [one, two] = [daemon('one'), daemon('two')];
  one.exchange.take(reportFixture('edge-1', '+-'));
  await pass(1_000);
  expect(two.book.of('demo-service').get('edge-1')).toEqual(saidBy('+-'));
  await pass(8_999);
  expect([one.book.reporters, two.book.reporters]).toEqual([1, 1]);
  await pass(1);
  expect([one.book.reporters, two.book.reporters]).toEqual([0, 0]);
});

test('a report that has been there for a while counts that much less', async () => {
  const two = daemon('two');
  stored = [{ reporter: 'edge-1', bytes: encodeReport(reportFixture('edge-1', '+')), until: 2_500 }];
  await pass(1_000);
  expect(two.book.reporters).toBe(1);
  await pass(1_500);
  expect(two.book.reporters).toBe(0);
});

test('a daemon alone shares with nobody', async () => {
  live = ['one'];
  const one = daemon('one');
  one.exchange.take(reportFixture('edge-1', '+'));
  await pass(2_000);
  expect(one.book.reporters).toBe(1);
  expect(stored).toEqual([]);
});

test('while the store is away each goes by what it hears', async () => {
  broken = true;
  const [one, two] = [daemon('one'), daemon('two', NO_REPORT_STORE)];
  one.exchange.take(reportFixture('edge-1', '+'));
  two.exchange.take(reportFixture('edge-2', '+'));
  await pass(2_000);
  expect([one.book.reporters, two.book.reporters]).toEqual([1, 1]);
});

test('one read at a time', async () => {
  let reads = 0;
  let answer: (found: StoredReport[]) => void = () => undefined;
  const slow: ReportStore = {
    ...NO_REPORT_STORE,
    fresh: () => {
      reads += 1;
      return new Promise((resolve) => (answer = resolve));
    },
  };
  daemon('one', slow);
  await pass(5_000);
  expect(reads).toBe(1);
  answer([]);
  await pass(1);
  await pass(1_000);
  expect(reads).toBe(2);
});

test('what can’t be read is left out and told', async () => {
  const { book } = daemon('one');
  stored = [
    { reporter: 'edge-1', bytes: Uint8Array.of(255, 255), until: 5_000 },
    { reporter: 'edge-2', bytes: encodeReport(reportFixture('edge-2', '+')), until: 5_000 },
  ];
  await pass(1_000);
  expect(book.reporters).toBe(1);
  expect(unreadable).toEqual([expect.stringMatching(/^report of edge-1: /)]);
});

test('too many reporters are refused', () => {
  live = ['one'];
  const { exchange } = daemon('one');
  for (let n = 0; n < MAX_REPORTERS; n++) exchange.take(reportFixture(`edge-${n}`, '+'));
  expect(() => exchange.take(reportFixture('one-more', '+'))).toThrow(
    expect.objectContaining({ code: 'GW_OVERLOADED' }),
  );
});

test('one that was never started may be stopped', () => {
  const idle = new ReportExchange(new ReportBook(clock), store, {} as never, clock, () => undefined);
  expect(() => idle.stop()).not.toThrow();
});
