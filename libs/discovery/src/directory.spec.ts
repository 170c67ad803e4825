import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { digestOf, type registryV1 } from '@gateway/contracts';
import { eventually, fakeClock, type FakeClock } from '@gateway/testing';
import { type DirectoryOptions, ServiceDirectory } from './directory';
import { RegistryClient } from './registry-client';
import { Refuse, ScriptedRegistry } from './scripted-registry.fixture';

// Real sockets on a machine that others use too.
jest.setTimeout(30_000);

type Message = MessageInitShape<typeof registryV1.WatchResponseSchema>;
type InstanceInit = MessageInitShape<typeof registryV1.InstanceSchema>;

let registry: ScriptedRegistry;
let client: RegistryClient;
let clock: FakeClock;
let folder: string;
let closing: (() => void)[];
let problems: string[];

beforeEach(async () => {
  registry = await ScriptedRegistry.start();
  client = new RegistryClient({
    address: registry.address,
    credentials: registry.clientCredentials,
    clock: systemClock,
  });
  clock = fakeClock();
  folder = mkdtempSync(join(tmpdir(), 'directory-'));
  closing = [];
  problems = [];
});

afterEach(() => {
  for (const close of closing) close();
  client.close();
  registry.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(options: Partial<DirectoryOptions> = {}): ServiceDirectory {
  const directory = new ServiceDirectory({
    client,
    clock,
    random: () => 0,
    onProblem: (why) => problems.push(why),
    ...options,
  });
  closing.push(() => directory.close());
  return directory;
}

const inst = (id: string, more: InstanceInit = {}) =>
  ({ id, service: 'demo', address: `host:1`, ...more }) as InstanceInit;
const at = (n: number, epoch = 'e1') => ({ epoch, n: BigInt(n) });
const snapshot = (ids: string[], epoch = 'e1', contracts: object[] = []): Message => ({
  revision: at(1, epoch),
  event: {
    case: 'snapshot',
    value: { instances: ids.map((id) => inst(id) as registryV1.Instance), contracts: contracts as never },
  },
});
const upserted = (id: string, more?: InstanceInit, revision = at(2)): Message => ({
  revision,
  event: { case: 'upserted', value: inst(id, more) as registryV1.Instance },
});
const removed = (id: string): Message => ({
  revision: at(3),
  event: { case: 'removed', value: { service: 'demo', id } as never },
});

const ids = (directory: ServiceDirectory) =>
  directory
    .instances('demo')
    .map(({ id }) => id)
    .sort();
const sees = (directory: ServiceDirectory, ...expected: string[]) =>
  eventually(() => expect(ids(directory)).toEqual(expected));
/** Moves time for retries, and little of it: on a slow machine a watch takes its time, and silence must not end it. */
const advanceUntil = (check: () => void) =>
  eventually(
    () => {
      clock.advance(100);
      check();
    },
    { every: 50, within: 15_000 },
  );

/** Says something that can be seen, and waits until it is: the watch isn't silent then. */
async function hearing(directory: ServiceDirectory, weight: number): Promise<void> {
  registry.tell(upserted('new', { weight }, at(3, 'e2')));
  await eventually(() => expect(directory.instances('demo').some((each) => each.weight === weight)).toBe(true));
}

describe('a directory', () => {
  test('follows the snapshot and each change, telling what changed', async () => {
    registry.onWatch = () => snapshot(['a']);
    const directory = open({ services: ['demo', 'other'] });
    const changes: string[][] = [];
    const end = directory.onChange(({ services }) => changes.push([...services]));
    await sees(directory, 'a');
    expect(registry.watches[0]!.services).toEqual(['demo', 'other']);
    registry.tell(upserted('b'));
    await sees(directory, 'a', 'b');
    registry.tell(removed('a'));
    await sees(directory, 'b');
    expect(directory.services()).toEqual(['demo']);
    expect(changes).toEqual([['demo'], ['demo'], ['demo']]);
    end();
    const same = directory.instances('demo');
    registry.tell({ revision: at(4) });
    registry.tell(removed('nobody'));
    registry.tell(upserted('b'));
    registry.tell(upserted('b', { weight: 3 }));
    await eventually(() => expect(directory.instances('demo')[0]!.weight).toBe(3));
    expect(directory.instances('demo')).not.toBe(same);
    expect(changes).toHaveLength(3);
    expect(directory.instances('unknown')).toEqual([]);
    registry.tell(removed('b'));
    await eventually(() => expect(directory.services()).toEqual([]));
  });

  test('keeps the last known good for as long as the registry is away, and resyncs after', async () => {
    registry.onWatch = () => snapshot(['a', 'b']);
    const statuses: string[] = [];
    const directory = open({ onStatus: ({ state }) => statuses.push(state) });
    await sees(directory, 'a', 'b');
    registry.shut();
    await eventually(() => expect(directory.status).toMatchObject({ state: 'stale', why: expect.any(String) }));
    clock.advance(120_000);
    expect(ids(directory)).toEqual(['a', 'b']);
    registry.onWatch = () => snapshot(['b', 'c']);
    await registry.open();
    await advanceUntil(() => expect(ids(directory)).toEqual(['b', 'c']));
    expect(statuses).toEqual(['live', 'stale', 'live']);
  });

  test('watches anew when it is cut, and when the registry ends the watch', async () => {
    registry.onWatch = () => snapshot(['a']);
    const directory = open();
    await sees(directory, 'a');
    registry.endWatches(new Refuse(status.RESOURCE_EXHAUSTED));
    await eventually(() => expect(directory.status.state).toBe('stale'));
    await advanceUntil(() => expect(directory.status.state).toBe('live'));
    registry.endWatches();
    await eventually(() => expect(directory.status.state).toBe('stale'));
    await advanceUntil(() => expect(directory.status.state).toBe('live'));
    expect(registry.watches).toHaveLength(3);
  });

  test('takes a silent stream for dead; heartbeats keep it alive', async () => {
    registry.onWatch = () => snapshot(['a']);
    const directory = open();
    await sees(directory, 'a');
    clock.advance(9_000);
    registry.tell({ revision: at(1) });
    registry.tell(upserted('b'));
    await sees(directory, 'a', 'b');
    clock.advance(9_000);
    expect(directory.status.state).toBe('live');
    clock.advance(1_000);
    expect(directory.status).toMatchObject({ state: 'stale', why: 'silent for 10 s' });
    await advanceUntil(() => expect(directory.status.state).toBe('live'));
    await eventually(() => expect(registry.watching).toBe(1));
  });

  test('that never heard of the registry says so', async () => {
    registry.shut();
    const directory = open();
    expect(directory.status.state).toBe('starting');
    await eventually(() => expect(directory.status).toMatchObject({ state: 'starting', why: /UNAVAILABLE/ as never }));
  });
});

describe('a new epoch', () => {
  test('empties nothing before instances had time to come back', async () => {
    registry.onWatch = () => snapshot(['a', 'b']);
    const directory = open({ graceMs: 10_000 });
    await sees(directory, 'a', 'b');
    registry.onWatch = () => snapshot([], 'e2');
    registry.endWatches();
    await advanceUntil(() => expect(directory.status.state).toBe('stale'));
    await advanceUntil(() => expect(directory.status.state).toBe('live'));
    expect(ids(directory)).toEqual(['a', 'b']);
    registry.tell(upserted('a', {}, at(2, 'e2')));
    registry.tell(upserted('new', {}, at(3, 'e2')));
    await sees(directory, 'a', 'b', 'new');
    for (const weight of [1, 2, 3]) {
      clock.advance(4_000);
      await hearing(directory, weight);
    }
    expect(ids(directory)).toEqual(['a', 'new']);
  });

  test('gives the same time when the watch breaks again within it', async () => {
    registry.onWatch = () => snapshot(['a']);
    const directory = open({ graceMs: 30_000 });
    await sees(directory, 'a');
    registry.onWatch = () => snapshot(['new'], 'e2');
    for (const watches of [2, 3, 4]) {
      registry.endWatches();
      await eventually(() => expect(directory.status.state).toBe('stale'));
      await advanceUntil(() => expect(directory.status.state).toBe('live'));
      expect(registry.watches).toHaveLength(watches);
      expect(ids(directory)).toEqual(['a', 'new']);
    }
    for (const weight of [1, 2, 3, 4]) {
      clock.advance(8_000);
      await hearing(directory, weight);
    }
    expect(ids(directory)).toEqual(['new']);
  });

  test('that comes while watching is no loss: the next snapshot of it is the whole truth', async () => {
    registry.onWatch = () => snapshot(['a', 'b']);
    const directory = open();
    await sees(directory, 'a', 'b');
    registry.tell({ revision: at(2, 'e2') });
    registry.tell(upserted('c', {}, at(3, 'e2')));
    await sees(directory, 'a', 'b', 'c');
    registry.onWatch = () => snapshot(['a'], 'e2');
    registry.endWatches();
    await advanceUntil(() => expect(ids(directory)).toEqual(['a']));
  });

  test('doesn’t expire anyone while the registry is away', async () => {
    registry.onWatch = () => snapshot(['a']);
    const directory = open({ graceMs: 10_000 });
    await sees(directory, 'a');
    registry.onWatch = () => snapshot([], 'e2');
    registry.endWatches();
    await eventually(() => expect(directory.status.state).toBe('stale'));
    await advanceUntil(() => expect(directory.status.state).toBe('live'));
    registry.shut();
    await eventually(() => expect(directory.status.state).toBe('stale'));
    clock.advance(60_000);
    expect(ids(directory)).toEqual(['a']);
  });
});

describe('contracts', () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const digest = digestOf(bytes);

  test('in force and served are fetched once, and dropped when nothing names them', async () => {
    const other = Uint8Array.of(9);
    registry.contracts.set(digest, bytes).set(digestOf(other), other);
    registry.onWatch = () => snapshot([], 'e1', [{ service: 'demo', digest }]);
    const directory = open({ withContracts: true });
    let told = 0;
    directory.onChange(({ contracts }) => (told += contracts ? 1 : 0));
    await eventually(() => expect(directory.descriptorSet(digest)).toEqual(bytes));
    expect(directory.contracts()).toMatchObject([{ service: 'demo', digest }]);
    registry.tell(upserted('a', { contractDigest: digestOf(other) }));
    await eventually(() => expect(directory.descriptorSet(digestOf(other))).toEqual(other));
    registry.tell(removed('a'));
    await eventually(() => expect(directory.descriptorSet(digestOf(other))).toBeUndefined());
    registry.tell({ revision: at(5), event: { case: 'contract', value: { service: 'demo', digest } as never } });
    registry.tell(upserted('b'));
    await sees(directory, 'b');
    expect(registry.fetched).toEqual([digest, digestOf(other)]);
    expect(told).toBe(3);
  });

  test('that were served stay so, whatever a registry says that knows less', async () => {
    const waiting = { service: 'demo', digest, unservedMethods: ['/a.B/C', '/a.B/D'] };
    registry.contracts.set(digest, bytes);
    registry.onWatch = () => snapshot([], 'e1', [waiting]);
    const directory = open({ withContracts: true });
    const unserved = () => directory.contracts()[0]?.unservedMethods;
    await eventually(() => expect(unserved()).toEqual(['/a.B/C', '/a.B/D']));
    const told = (value: object) =>
      registry.tell({ revision: at(5), event: { case: 'contract', value: value as never } });
    told({ ...waiting, unservedMethods: ['/a.B/D'] });
    await eventually(() => expect(unserved()).toEqual(['/a.B/D']));
    told(waiting);
    registry.tell(upserted('b'));
    await sees(directory, 'b');
    expect(unserved()).toEqual(['/a.B/D']);
  });

  test('that can’t be had, or are not what they say, are asked for again', async () => {
    registry.onWatch = () => snapshot([], 'e1', [{ service: 'demo', digest }]);
    const directory = open({ withContracts: true });
    await eventually(() => expect(problems).toEqual([expect.stringMatching(/NOT_FOUND/)]));
    registry.contracts.set(digest, Uint8Array.of(6));
    await advanceUntil(() => expect(problems.at(-1)).toMatch(/another digest/));
    expect(directory.descriptorSet(digest)).toBeUndefined();
    registry.contracts.set(digest, bytes);
    await advanceUntil(() => expect(directory.descriptorSet(digest)).toEqual(bytes));
  });

  test('stay when a registry that lost everything comes back', async () => {
    registry.contracts.set(digest, bytes);
    registry.onWatch = () => snapshot([], 'e1', [{ service: 'demo', digest }]);
    const directory = open({ withContracts: true });
    await eventually(() => expect(directory.descriptorSet(digest)).toEqual(bytes));
    registry.onWatch = () => snapshot([], 'e2');
    registry.endWatches();
    await eventually(() => expect(directory.status.state).toBe('stale'));
    await advanceUntil(() => expect(directory.status.state).toBe('live'));
    expect(directory.contracts()).toHaveLength(1);
    expect(directory.descriptorSet(digest)).toEqual(bytes);
  });
});

describe('the state folder', () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const digest = digestOf(bytes);
  const saved = () => open({ withContracts: true, stateDir: join(folder, 'state') });

  test('lets a restart begin with the last known good, without the registry', async () => {
    registry.contracts.set(digest, bytes);
    registry.onWatch = () => snapshot(['a', 'b'], 'e1', [{ service: 'demo', digest }]);
    const first = saved();
    await eventually(() => expect(first.descriptorSet(digest)).toEqual(bytes));
    clock.advance(500);
    registry.tell(removed('b'));
    await sees(first, 'a');
    first.close();
    registry.shut();
    const second = saved();
    expect(ids(second)).toEqual(['a']);
    expect(second.descriptorSet(digest)).toEqual(bytes);
    expect(second.contracts()).toMatchObject([{ service: 'demo', digest }]);
    expect(problems).toEqual([]);
  });

  test('that was restored is not trusted over the registry, and lacking bytes are fetched', async () => {
    registry.contracts.set(digest, bytes);
    registry.onWatch = () => snapshot(['a'], 'e1', [{ service: 'demo', digest }]);
    const first = saved();
    await eventually(() => expect(first.descriptorSet(digest)).toEqual(bytes));
    first.close();
    const file = readdirSync(join(folder, 'state')).find((name) => name.endsWith('.binpb'))!;
    writeFileSync(join(folder, 'state', file), 'changed');
    const second = saved();
    expect(second.descriptorSet(digest)).toBeUndefined();
    await eventually(() => expect(second.descriptorSet(digest)).toEqual(bytes));
  });

  test.each(['{', '[]', '{"format":1}', '{"format":9,"directory":{}}', '{"format":1,"directory":{}}'])(
    'with %s in it is reported and passed over',
    async (text) => {
      saved().close();
      writeFileSync(join(folder, 'state', 'directory.json'), text);
      registry.onWatch = () => snapshot(['a']);
      const directory = saved();
      expect(problems).toEqual([expect.stringMatching(/^what was saved can't be read/)]);
      await sees(directory, 'a');
    },
  );

  test('that can’t be used is reported and done without', async () => {
    writeFileSync(join(folder, 'state'), 'a file');
    registry.onWatch = () => snapshot(['a']);
    const directory = saved();
    expect(problems).toEqual([expect.stringMatching(/^the state folder can't be used/)]);
    await sees(directory, 'a');
  });

  test('that goes away is reported, and nothing else changes', async () => {
    registry.onWatch = () => snapshot(['a']);
    const directory = saved();
    await sees(directory, 'a');
    rmSync(join(folder, 'state'), { recursive: true });
    clock.advance(500);
    expect(problems).toEqual([expect.stringMatching(/^the state can't be saved/)]);
    expect(ids(directory)).toEqual(['a']);
  });
});
