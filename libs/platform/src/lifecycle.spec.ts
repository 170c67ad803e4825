import { expect, test } from '@jest/globals';
import { Lifecycle } from './lifecycle';

/** Notes when it begins and, a turn of the event loop later, ends. */
const noting = (log: string[], name: string) => async (): Promise<void> => {
  log.push(`${name}(`);
  await new Promise(setImmediate);
  log.push(`)${name}`);
};

test('starts and readies one after the other, drains all at once, stops the last added first', async () => {
  const lifecycle = new Lifecycle();
  const log: string[] = [];
  for (const name of ['a', 'b']) {
    lifecycle.onStart(noting(log, `start-${name}`));
    lifecycle.onReady(noting(log, `ready-${name}`));
    lifecycle.onDrain(noting(log, `drain-${name}`));
    lifecycle.onStop(noting(log, `stop-${name}`));
  }
  const phases = [lifecycle.phase];
  await lifecycle.start();
  await lifecycle.ready();
  phases.push(lifecycle.phase);
  const draining = lifecycle.drain();
  phases.push(lifecycle.phase);
  expect(lifecycle.draining).toBe(true);
  await draining;
  const stopping = lifecycle.stop();
  phases.push(lifecycle.phase);
  await stopping;
  phases.push(lifecycle.phase);
  expect(phases).toEqual(['starting', 'running', 'draining', 'stopping', 'stopped']);
  expect(log).toEqual([
    ...['start-a(', ')start-a', 'start-b(', ')start-b'],
    ...['ready-a(', ')ready-a', 'ready-b(', ')ready-b'],
    ...['drain-a(', 'drain-b(', ')drain-a', ')drain-b'],
    ...['stop-b(', ')stop-b', 'stop-a(', ')stop-a'],
  ]);
});

test('a start hook that fails ends the start', async () => {
  const lifecycle = new Lifecycle();
  const log: string[] = [];
  lifecycle.onStart(() => Promise.reject(new Error('no journal')));
  lifecycle.onStart(noting(log, 'later'));
  await expect(lifecycle.start()).rejects.toThrow('no journal');
  expect(log).toEqual([]);
  expect(lifecycle.phase).toBe('starting');
});

test('what fails while ending keeps nothing else from ending, and is told', async () => {
  const lifecycle = new Lifecycle();
  const log: string[] = [];
  const failing = (why: string) => () => {
    throw new Error(why);
  };
  lifecycle.onDrain(failing('drain'));
  lifecycle.onDrain(noting(log, 'drain'));
  lifecycle.onStop(noting(log, 'stop'));
  lifecycle.onStop(failing('stop'));
  expect(await lifecycle.drain()).toEqual([new Error('drain')]);
  expect(await lifecycle.stop()).toEqual([new Error('stop')]);
  expect(log).toEqual(['drain(', ')drain', 'stop(', ')stop']);
});

test('tells what is under way: what hangs, when something hangs', async () => {
  const lifecycle = new Lifecycle();
  let release = (): void => undefined;
  lifecycle.onDrain(() => new Promise((resolve) => (release = resolve)), 'deregister');
  lifecycle.onDrain(function sayGoodbye() {});
  const draining = lifecycle.drain();
  await new Promise(setImmediate);
  expect(lifecycle.pending).toEqual(['drain deregister']);
  release();
  await draining;
  expect(lifecycle.pending).toEqual([]);
});

test('a service that is told to end while it starts does not run', async () => {
  const lifecycle = new Lifecycle();
  await lifecycle.drain();
  await lifecycle.ready();
  expect(lifecycle.phase).toBe('draining');
});
