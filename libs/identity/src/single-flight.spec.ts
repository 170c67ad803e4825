import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { SingleFlight, within } from './single-flight';

test('equal questions at the same time are asked once; a later one is asked again', async () => {
  const flights = new SingleFlight<number>();
  let asked = 0;
  const ask = async () => ++asked;
  expect(await Promise.all([flights.run('a', ask), flights.run('a', ask), flights.run('b', ask)])).toEqual([1, 1, 2]);
  expect(await flights.run('a', ask)).toBe(3);
});

test('a failed flight fails for all who wait and is asked again', async () => {
  const flights = new SingleFlight<string>();
  const fail = () => Promise.reject(new Error('down'));
  const both = [flights.run('a', fail), flights.run('a', fail)];
  for (const each of both) await expect(each).rejects.toThrow('down');
  expect(await flights.run('a', async () => 'up')).toBe('up');
});

test('an answer in time is the answer, and its timer is taken back', async () => {
  expect(await within(fakeClock(), 10, Promise.resolve('answer'), 'late')).toBe('answer');
  await expect(within(fakeClock(), 10, Promise.reject(new Error('no')), 'late')).rejects.toThrow('no');
});

test('an answer that takes too long is late', async () => {
  const clock = fakeClock();
  const waiting = within(clock, 10, new Promise<string>(() => {}), 'late');
  clock.advance(10);
  expect(await waiting).toBe('late');
});
