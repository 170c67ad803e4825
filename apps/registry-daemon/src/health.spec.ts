import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import type { RegistryCallError, RegistryClient } from '@gateway/discovery';
import { eventually, freePort } from '@gateway/testing';
import { startDaemon, type TestDaemon } from './daemon.fixture';

// Real sockets and real intervals on a machine that others use too.
jest.setTimeout(60_000);

const { HealthCheck_Kind: Kind, HealthState, Protocol, Verdict } = registryV1;

let daemon: TestDaemon;
let project: RegistryClient;
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(env: Record<string, string> = {}): Promise<void> {
  daemon = await startDaemon(env);
  closing.push(() => daemon.stop());
  project = await daemon.client('project-service');
}

const codeOf = (call: Promise<unknown>): Promise<status> =>
  call.then(
    () => status.OK,
    (error: RegistryCallError) => error.code,
  );
const instance = (id: string, change: object = {}) => ({
  ...{ id, service: 'project-service', address: 'localhost:10000', protocol: Protocol.GRPC },
  ...change,
});
const found = async (id: string): Promise<registryV1.Instance> =>
  (await project.discover('project-service')).instances.find((each) => each.id === id)!;
const metrics = async (): Promise<string> => (await fetch(`${daemon.admin}/metrics`)).text();

async function listen(port = 0): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(port, 'localhost');
  await once(server, 'listening');
  return server;
}

describe('an instance that is checked', () => {
  const QUICK = { interval: durationFromMs(1_000), timeout: durationFromMs(500), unhealthyThreshold: 2 };

  test('fails while nobody answers, passes when somebody does, and watchers are told', async () => {
    await start();
    const port = await freePort();
    const healthCheck = { kind: Kind.TCP, ...QUICK };
    const lease = { seconds: 60n };
    await project.register({ instance: instance('a', { address: `localhost:${port}`, healthCheck }), lease });
    await eventually(async () => expect((await found('a')).health?.state).toBe(HealthState.FAILING), {
      within: 10_000,
    });
    expect((await found('a')).health!.why).toMatch(/ECONNREFUSED/);
    expect(await metrics()).toMatch(/^gateway_registry_instances_failing\{service="project-service"\} 1$/m);
    const server = await listen(port);
    closing.push(() => server.close());
    await eventually(async () => expect((await found('a')).health?.state).toBe(HealthState.PASSING), {
      within: 10_000,
    });
    expect(await metrics()).toMatch(/^gateway_registry_health_checks_total\{kind="tcp",result="fail"\} [1-9]/m);
  });

  test('can be the registry itself: over gRPC, by its certificate', async () => {
    await start();
    await eventually(
      async () => {
        const { instances } = await project.discover('registry-daemon');
        expect(instances[0]?.health?.state).toBe(HealthState.PASSING);
      },
      { within: 10_000 },
    );
  });

  test('is refused when what it asks for can’t be, and isn’t believed about itself', async () => {
    await start();
    const wrong = instance('a', { healthCheck: { interval: durationFromMs(10) } });
    await expect(project.register({ instance: wrong })).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringMatching(/instance\.health_check\.interval/),
    });
    const boasting = {
      health: { state: HealthState.PASSING },
      ejection: { why: 'me' },
      healthCheck: { kind: Kind.NONE },
    };
    await project.register({ instance: instance('b', boasting) });
    const { health, ejection } = await found('b');
    expect([health, ejection]).toEqual([undefined, undefined]);
  });
});

describe('gateways’ reports', () => {
  const UNCHECKED = { healthCheck: { kind: Kind.NONE } };
  let edge: RegistryClient;

  async function register(...ids: string[]): Promise<Map<string, registryV1.Revision>> {
    const made = new Map<string, registryV1.Revision>();
    for (const id of ids) {
      const { generation } = await project.register({ instance: instance(id, UNCHECKED), lease: { seconds: 60n } });
      made.set(id, generation!);
    }
    return made;
  }
  /** One gateway's report on the instances: `bad` fails, the others answer. */
  const report = (reporter: string, generations: Map<string, registryV1.Revision>, bad: string) =>
    edge.reportOutcomes({
      reporter,
      observations: [...generations].map(([id, { epoch, n }]) => ({
        ...{ service: 'project-service', id, generation: { epoch, n } },
        ...(id === bad
          ? { verdict: Verdict.FAILING, failures: 3, why: 'it resets' }
          : { verdict: Verdict.ANSWERING, successes: 9 }),
      })),
    });

  test('are for gateways to make', async () => {
    await start();
    expect(await codeOf(project.reportOutcomes({ reporter: 'me' }))).toBe(status.PERMISSION_DENIED);
    edge = await daemon.client('edge-router');
    expect(await codeOf(edge.reportOutcomes({ reporter: '' }))).toBe(status.INVALID_ARGUMENT);
    expect(await codeOf(edge.reportOutcomes({ reporter: 'edge-1' }))).toBe(status.OK);
  });

  test.each(['shadow', 'enforce'])(
    'eject in mode %s what two of them agree on, and one of them never',
    async (mode) => {
      await start({ REGISTRY_EJECTION: mode });
      edge = await daemon.client('edge-router');
      const generations = await register('a', 'b', 'c');
      await report('edge-1', generations, 'a');
      await report('edge-2', generations, 'none');
      await eventually(async () => expect(await metrics()).toMatch(/^gateway_registry_reporters 2$/m));
      await report('edge-3', generations, 'b');
      await report('edge-4', generations, 'b');
      await report('edge-2', generations, 'b');
      await eventually(async () => expect((await found('b')).ejection).toBeDefined());
      expect((await found('b')).ejection).toMatchObject({
        why: 'it resets',
        agreed: 3,
        reporters: 4,
        shadow: mode === 'shadow',
      });
      expect((await found('a')).ejection).toBeUndefined();
      expect(await metrics()).toMatch(new RegExp(`^gateway_registry_ejections\\{mode="${mode}"\\} 1$`, 'm'));
      expect(await metrics()).toMatch(
        new RegExp(`^gateway_registry_ejections_begun_total\\{mode="${mode}"\\} 1$`, 'm'),
      );
      const page = (await (await fetch(`${daemon.admin}/services`)).json()) as { services: { name: string }[] };
      expect(page.services.find(({ name }) => name === 'project-service')).toMatchObject({
        reporters: 4,
        instances: [
          { id: 'a', gateways: { answering: 3, against: 1, callers: 4 } },
          { id: 'b', ejection: { agreed: 3 }, gateways: { answering: 1, against: 3, callers: 4 } },
          { id: 'c' },
        ],
      });
    },
  );

  test('switched off, eject nothing', async () => {
    await start({ REGISTRY_EJECTION: 'off' });
    edge = await daemon.client('edge-router');
    const generations = await register('a', 'b');
    for (const reporter of ['edge-1', 'edge-2']) await report(reporter, generations, 'a');
    await eventually(async () => expect(await metrics()).toMatch(/^gateway_registry_reporters 2$/m));
    expect(await metrics()).toMatch(/^gateway_registry_ejections\{mode="enforce"\} 0$/m);
    expect((await found('a')).ejection).toBeUndefined();
  });

  test('keep an instance whose lease ran out while it answers', async () => {
    await start();
    edge = await daemon.client('edge-router');
    const lease = { seconds: 1n };
    const { generation } = await project.register({ instance: instance('a', UNCHECKED), lease });
    await project.register({ instance: instance('b', { ...UNCHECKED, address: 'localhost:10001' }), lease });
    await report('edge-1', new Map([['a', generation!]]), 'none');
    await eventually(async () => expect(await found('b')).toBeUndefined(), { within: 5_000 });
    expect(await found('a')).toBeDefined();
  });
});
