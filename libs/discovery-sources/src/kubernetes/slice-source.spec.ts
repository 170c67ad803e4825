import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { eventually } from '@gateway/testing';
import { kubernetesApi } from './api';
import { ScriptedKubernetes } from './scripted-kubernetes.fixture';
import { SliceSource } from './slice-source';

// Real sockets on a machine that others use too.
jest.setTimeout(30_000);

let api: ScriptedKubernetes;
let source: SliceSource;

beforeEach(async () => {
  api = await ScriptedKubernetes.start();
});

afterEach(async () => {
  source.close();
  await api.close();
});

function open(file = api.kubeconfig): void {
  source = new SliceSource({
    ...{ service: 'reports', protocol: 'http1', namespace: 'shop', name: 'reports', port: 'http' },
    api: kubernetesApi(file),
    clock: systemClock,
    random: () => 0,
  });
}

const slice = (name: string, version: number, ...hosts: string[]) => ({
  metadata: { name, namespace: 'shop', resourceVersion: String(version) },
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  endpoints: hosts.map((host) => ({ addresses: [host], conditions: { ready: true } })),
});
const hosts = () => source.instances()?.map(({ address }) => address.split(':')[0]);
const knows = (...expected: string[]) => eventually(() => expect(hosts()).toEqual(expected), { within: 10_000 });
const isIn = (state: string) => eventually(() => expect(source.status.state).toBe(state), { within: 10_000 });
const watched = (times: number) => eventually(() => expect(api.watches).toHaveLength(times), { within: 10_000 });

/** Listed and watching. */
async function begin(): Promise<void> {
  api.items = [slice('s1', 90, '10.0.0.1')];
  open();
  await knows('10.0.0.1');
  await eventually(() => expect(api.watching).toBe(1));
}

describe('EndpointSlices', () => {
  test('are listed once, with the account’s token, and watched from there', async () => {
    api.items = [slice('s1', 90, '10.0.0.1'), slice('s2', 91, '10.0.0.2')];
    open();
    expect(source.instances()).toBeUndefined();
    const seen: unknown[] = [];
    source.onChange(() => seen.push(hosts()));
    await knows('10.0.0.1', '10.0.0.2');
    await watched(1);
    expect(api.lists[0]!.get('labelSelector')).toBe('kubernetes.io/service-name=reports');
    expect(Object.fromEntries(api.watches[0]!)).toMatchObject({
      ...{ resourceVersion: '100', allowWatchBookmarks: 'true', labelSelector: 'kubernetes.io/service-name=reports' },
    });
    // Never half of a list.
    expect(seen).toEqual([['10.0.0.1', '10.0.0.2']]);
    expect(api.unauthorized).toEqual([]);
  });

  test('are followed: added, changed, deleted', async () => {
    await begin();
    api.tell({ type: 'ADDED', object: slice('s2', 101, '10.0.0.2') });
    await knows('10.0.0.1', '10.0.0.2');
    const [kept] = source.instances()!;
    api.tell({ type: 'MODIFIED', object: slice('s2', 102, '10.0.0.3') });
    await knows('10.0.0.1', '10.0.0.3');
    expect(source.instances()![0]).toBe(kept);
    api.tell({ type: 'DELETED', object: slice('s1', 103) });
    await knows('10.0.0.3');
  });

  test('are read past what can’t be read', async () => {
    await begin();
    api.tell('{ not json');
    for (const object of [null, 7, 'x', {}, { metadata: null }, { metadata: { name: 7 } }])
      for (const type of ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR', 'WHATEVER']) api.tell({ type, object });
    api.tell({ type: 'ADDED', object: slice('s2', 101, '10.0.0.2') });
    await knows('10.0.0.1', '10.0.0.2');
    expect(source.status.state).toBe('live');
  });

  test('that are none are believed', async () => {
    await begin();
    api.tell({ type: 'DELETED', object: slice('s1', 101) });
    await knows();
  });
});

describe('a watch that', () => {
  test('the server ended goes on from the last version, a bookmark’s too', async () => {
    await begin();
    api.tell({ type: 'BOOKMARK', object: { kind: 'EndpointSlice', metadata: { resourceVersion: '250' } } });
    api.tell({ type: 'ADDED', object: slice('s2', 251, '10.0.0.2') });
    await knows('10.0.0.1', '10.0.0.2');
    api.tell({ type: 'BOOKMARK', object: { kind: 'EndpointSlice', metadata: { resourceVersion: '300' } } });
    api.endWatches();
    await watched(2);
    expect(api.watches[1]!.get('resourceVersion')).toBe('300');
    expect(api.lists).toHaveLength(1);
    expect(hosts()).toEqual(['10.0.0.1', '10.0.0.2']);
  });

  test('was told 410 Gone lists again', async () => {
    await begin();
    api.items = [slice('s9', 400, '10.0.0.9')];
    api.version = '400';
    api.tell({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
    api.endWatches();
    await knows('10.0.0.9');
    await watched(2);
    expect(api.watches[1]!.get('resourceVersion')).toBe('400');
  });

  test('is answered 410 lists again', async () => {
    await begin();
    api.items = [slice('s9', 400, '10.0.0.9')];
    api.watchStatus = 410;
    api.cutWatches();
    await eventually(() => expect(api.lists.length).toBeGreaterThan(1), { within: 10_000 });
    await knows('10.0.0.9');
    api.watchStatus = 200;
    await eventually(() => expect(api.watching).toBe(1), { within: 10_000 });
    await isIn('live');
  });

  test('broke goes on where it was', async () => {
    await begin();
    api.cutWatches();
    await watched(2);
    expect(api.lists).toHaveLength(1);
    await eventually(() => expect(api.watching).toBe(1));
    api.tell({ type: 'ADDED', object: slice('s2', 101, '10.0.0.2') });
    await knows('10.0.0.1', '10.0.0.2');
    await isIn('live');
  });
});

describe('an API that', () => {
  test('goes away leaves the last known good, and is asked again', async () => {
    await begin();
    await api.shut();
    await isIn('stale');
    expect(source.status).toMatchObject({ why: expect.stringContaining("Kubernetes can't be asked: ") });
    expect(hosts()).toEqual(['10.0.0.1']);
    await api.open();
    await isIn('live');
    await eventually(() => expect(api.watching).toBe(1), { within: 10_000 });
    api.tell({ type: 'ADDED', object: slice('s2', 101, '10.0.0.2') });
    await knows('10.0.0.1', '10.0.0.2');
  });

  test('refuses says so', async () => {
    api.listStatus = 403;
    open();
    await eventually(() =>
      expect(source.status).toMatchObject({
        state: 'starting',
        why: expect.stringContaining('refused with status 403'),
      }),
    );
    api.listStatus = 200;
    api.items = [slice('s1', 90, '10.0.0.1')];
    await knows('10.0.0.1');
  });

  test.each([[{ kind: 'Status' }], [{ items: 'x' }], [[1, 2]], ['x']])(
    'sends no list (%j) is not believed',
    async (body) => {
      api.listBody = body;
      open();
      await eventually(() =>
        expect(source.status).toMatchObject({ state: 'starting', why: expect.stringContaining('is no list') }),
      );
    },
  );

  test('lists things that are none has them left out', async () => {
    api.items = [null, 7, {}, { metadata: {} }, slice('s1', 90, '10.0.0.1'), { metadata: { name: 'x' }, endpoints: 5 }];
    open();
    await knows('10.0.0.1');
  });
});

test('a kubeconfig that can’t be used is said, and tried again', async () => {
  open('/nowhere/kubeconfig');
  await eventually(() =>
    expect(source.status).toMatchObject({ state: 'starting', why: expect.stringContaining('ENOENT') }),
  );
});

test('closed at once, it opens nothing', async () => {
  api.items = [slice('s1', 90, '10.0.0.1')];
  open();
  source.close();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect([api.lists.length, api.watches.length]).toEqual([0, 0]);
});
