import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { DevFolder } from './dev-folder';
import { removeRecord, stateOf, writeRecord } from './pid-record';
import { lockStart, startingNow } from './start-lock';

let folder: string;
let dev: DevFolder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-pids-'));
  dev = { pids: join(folder, 'run') } as DevFolder;
  mkdirSync(dev.pids);
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the pid file holds nothing but the pid', () => {
  writeRecord(dev, 'a', process.pid, { A_PORT: 1 });
  expect(readFileSync(join(dev.pids, 'a.pid'), 'utf8')).toBe(`${process.pid}\n`);
  expect(stateOf(dev, 'a')).toMatchObject({ state: 'runs', record: { pid: process.pid, ports: { A_PORT: 1 } } });
});

test('a process that was killed has died; one whose record is removed is stopped', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  writeRecord(dev, 'a', child.pid!, {});
  expect(stateOf(dev, 'a').state).toBe('runs');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(stateOf(dev, 'a').state).toBe('died');
  removeRecord(dev, 'a');
  expect(stateOf(dev, 'a')).toEqual({ state: 'stopped' });
});

test('another process that got the pid is not ours', () => {
  writeRecord(dev, 'a', process.pid, {});
  const file = join(dev.pids, 'a.json');
  const record = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...record, beginning: 'some other time' }));
  expect(stateOf(dev, 'a').state).toBe('died');
});

test('a record that was half written names nothing', () => {
  writeFileSync(join(dev.pids, 'a.json'), '{"pid": 1');
  expect(stateOf(dev, 'a')).toEqual({ state: 'stopped' });
});

test('while one start holds the lock another is refused; afterwards and when the holder died it is let in', () => {
  const unlock = lockStart(dev);
  expect(startingNow(dev)).toBe(process.pid);
  expect(() => lockStart(dev)).toThrow(`another npm start (pid ${process.pid})`);
  unlock();
  expect(startingNow(dev)).toBeNull();
  writeFileSync(join(dev.pids, 'start.lock'), JSON.stringify({ pid: process.pid, beginning: 'some other time' }));
  lockStart(dev)();
});
