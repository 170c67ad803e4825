import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { compileContract, descriptorSetOf, healthV1 } from '@gateway/contracts';
import { eventually, fakeClock } from '@gateway/testing';
import { protosProblem, ProtosError } from './protos-error';
import { type CompiledProtos, compileProtos } from './protos-source';
import { WatchedProtos } from './watched-protos';

const COMPILED: CompiledProtos = {
  contract: compileContract(descriptorSetOf([healthV1.HealthService.file])),
  placeOf: (symbol) => symbol,
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watched-protos-'));
  write('a.proto', 'message A {}');
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): void =>
  writeFileSync(join(folder, name), `syntax = "proto3"; package shop.v1; ${text}`);

/** What a watcher of the folder hears; each look is waited for. */
async function watch(compile: (path: string) => Promise<CompiledProtos>) {
  const clock = fakeClock();
  const heard: (CompiledProtos | ProtosError)[] = [];
  const watched = new WatchedProtos(folder, compile);
  await watched.first();
  watched.follow(clock, (compiled) => void heard.push(compiled));
  const look = async (): Promise<void> => {
    clock.advance(500);
    await eventually(() => !watched.isBusy, { within: 20_000 });
  };
  return { watched, clock, heard, look };
}

test('sources are compiled once they have stopped changing, also files that come and go', async () => {
  const { watched, clock, heard, look } = await watch(async () => COMPILED);
  await look();
  await look();
  expect(heard).toEqual([]);
  write('b.proto', 'message B {}');
  await look();
  write('b.proto', 'message B { string id = 1; }');
  await look();
  expect(heard).toEqual([]);
  await look();
  await look();
  expect(heard).toEqual([COMPILED]);
  rmSync(join(folder, 'b.proto'));
  await look();
  await look();
  expect(heard).toEqual([COMPILED, COMPILED]);
  watched.close();
  expect(clock.pending).toBe(0);
});

test('broken sources are told with their place, once', async () => {
  let first = true;
  const { watched, heard, look } = await watch((path) => {
    if (!first) return compileProtos(path);
    first = false;
    return Promise.resolve(COMPILED);
  });
  write('a.proto', '\n\nservice {');
  for (let i = 0; i < 4; i++) await look();
  expect(heard).toEqual([expect.any(ProtosError)]);
  expect((heard[0] as ProtosError).problems[0]).toMatchObject({ source: 'protos', place: 'a.proto:3' });
  watched.close();
}, 30_000);

test('sources that change while they are compiled are compiled again, and never twice at a time', async () => {
  let [running, runs] = [0, 0];
  const { watched, heard, look, clock } = await watch(async () => {
    expect(running++).toBe(0);
    if (++runs === 2) {
      write('a.proto', 'message Other {}');
      clock.advance(1_000);
    }
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    return COMPILED;
  });
  write('a.proto', 'message Changed {}');
  await look();
  await look();
  expect([heard.length, runs]).toEqual([0, 2]);
  await look();
  await look();
  expect([heard.length, runs]).toEqual([1, 3]);
  watched.close();
});

test('what is wrong with the folder is told like what is wrong with its files; an unexpected failure is no crash', async () => {
  const failures = [new ProtosError([protosProblem('', 'ENOENT')]), new Error('no memory')];
  let first = true;
  const { watched, heard, look } = await watch(async () => {
    if (!first) throw failures.shift();
    first = false;
    return COMPILED;
  });
  for (const text of ['message X {}', 'message XY {}']) {
    write('a.proto', text);
    await look();
    await look();
  }
  expect(heard.map((each) => (each as ProtosError).message)).toEqual(['ENOENT', 'no memory']);
  watched.close();
});

test('nothing is told after the end, also of what was being compiled', async () => {
  let end = (): void => undefined;
  const { watched, heard, look } = await watch(async () => {
    end();
    return COMPILED;
  });
  end = () => watched.close();
  write('a.proto', 'message Late {}');
  await look();
  await look();
  expect(heard).toEqual([]);
});
