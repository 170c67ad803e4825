import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { WatchedFile } from './watched-file';

const folder = mkdtempSync(join(tmpdir(), 'watched-'));
const path = join(folder, 'file');
afterEach(() => rmSync(path, { force: true }));

test('tells of a change once, of a reload always, and of a file that is gone', () => {
  writeFileSync(path, 'one');
  const clock = fakeClock();
  const seen: (string | Error)[] = [];
  const file = new WatchedFile(path, clock, (text) => void seen.push(text));
  clock.advance(5_000);
  expect(seen).toEqual([]);
  writeFileSync(path, 'three');
  clock.advance(5_000);
  expect(seen).toEqual(['three']);
  file.reload();
  expect(seen).toEqual(['three', 'three']);
  rmSync(path);
  clock.advance(1_000);
  expect(seen[2]).toMatchObject({ code: 'ENOENT' });
  file.close();
  expect(clock.pending).toBe(0);
});

test('tells of a change of the files that it names', () => {
  const other = join(folder, 'other');
  writeFileSync(path, 'one');
  const clock = fakeClock();
  const seen: (string | Error)[] = [];
  const file = new WatchedFile(path, clock, (text) => void seen.push(text));
  file.watchToo([other]);
  clock.advance(1_000);
  expect(seen).toEqual([]);
  writeFileSync(other, 'new');
  clock.advance(1_000);
  expect(seen).toEqual(['one']);
  file.watchToo([]);
  writeFileSync(other, 'newer');
  clock.advance(1_000);
  expect(seen).toEqual(['one']);
  file.close();
});
