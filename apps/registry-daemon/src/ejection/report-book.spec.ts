import { beforeEach, expect, test } from '@jest/globals';
import { fakeClock, type FakeClock } from '@gateway/testing';
import { reportFixture, saidBy } from './ejection.fixture';
import { MAX_REPORTERS, ReportBook } from './report-book';

let clock: FakeClock;
let book: ReportBook;
beforeEach(() => {
  clock = fakeClock();
  book = new ReportBook(clock);
});

const opinions = () => Object.fromEntries(book.of('demo-service'));

test('each gateway’s latest report counts, until its time is over', () => {
  book.accept(reportFixture('edge-1', '+-'));
  clock.advance(1_000);
  book.accept(reportFixture('edge-2', 'x', 2_000));
  expect(opinions()).toEqual({ 'edge-1': saidBy('+-'), 'edge-2': saidBy('x') });
  book.accept(reportFixture('edge-1', '-'));
  expect(opinions()['edge-1']).toEqual(saidBy('-'));
  clock.advance(2_000);
  expect(Object.keys(opinions())).toEqual(['edge-1']);
  expect(book.reporters).toBe(1);
  clock.advance(8_000);
  expect(book.reporters).toBe(0);
});

test('what answered and wasn’t called since keeps that word for its time; what was accused doesn’t', () => {
  book.accept(reportFixture('edge-1', '++-'));
  clock.advance(4_000);
  book.accept(reportFixture('edge-1', ' x'));
  expect(opinions()['edge-1']).toEqual(saidBy('+x'));
  clock.advance(6_000);
  expect(opinions()['edge-1']).toEqual(saidBy(' x'));
  book.accept(reportFixture('edge-1', '  +'));
  expect(opinions()['edge-1']).toEqual(saidBy('  +'));
  book.accept({ ...reportFixture('edge-1', ''), services: new Map() });
  clock.advance(1);
  book.accept({ ...reportFixture('edge-1', ''), services: new Map() });
  expect(opinions()['edge-1']).toEqual(saidBy('  +'));
  clock.advance(9_999);
  expect(opinions()).toEqual({});
});

test('other services are another matter', () => {
  book.accept(reportFixture('edge-1', '+'));
  expect(book.of('other-service').size).toBe(0);
});

test('a report that was overtaken is dropped, and one heard of late counts that much less', () => {
  book.accept(reportFixture('edge-1', '+'));
  book.accept(reportFixture('edge-1', '-'), 3_000);
  expect(opinions()).toEqual({ 'edge-1': saidBy('+') });
  book.accept(reportFixture('edge-2', '+'), 9_000);
  clock.advance(1_000);
  expect(Object.keys(opinions())).toEqual(['edge-1']);
});

test('there is a bound on who may report', () => {
  for (let n = 0; n < MAX_REPORTERS; n++) expect(book.accept(reportFixture(`edge-${n}`, '+'))).toBe(true);
  expect(book.accept(reportFixture('one-more', '+'))).toBe(false);
  clock.advance(1);
  expect(book.accept(reportFixture('edge-0', '-'))).toBe(true);
  clock.advance(10_000);
  expect(book.accept(reportFixture('one-more', '+'))).toBe(true);
});
