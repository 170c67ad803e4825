import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { AuthPolicy_Mode, digestOf, MockPolicy, registryV1 } from '@gateway/contracts';
import { systemClock } from '@gateway/clock';
import { type RegistryCallError, type RegistryClient, ServiceDirectory } from '@gateway/discovery';
import { eventually } from '@gateway/testing';
import { contractFixture } from './contract.fixture';
import { startDaemon, type TestDaemon } from './daemon.fixture';

// Real sockets on a machine that others use too.
jest.setTimeout(30_000);

const OWNERS = JSON.stringify({
  'spiffe://gateway.local/project-service': {
    packages: ['demo.v1'],
    paths: ['/api/v1/things'],
    anonymous: ['/api/v1/things/open'],
  },
  '*': { services: ['*'], packages: ['*'], paths: ['/'], anonymous: [] },
});

const instance = (id: string, service = 'project-service') => ({
  id,
  service,
  address: 'localhost:10000',
  protocol: registryV1.Protocol.GRPC,
});

const codeOf = (call: Promise<unknown>): Promise<status> =>
  call.then(
    () => status.OK,
    (error: RegistryCallError) => error.code,
  );

let daemon: TestDaemon;
let project: RegistryClient;
let closing: (() => void)[];

beforeEach(async () => {
  daemon = await startDaemon({ REGISTRY_OWNERS: OWNERS });
  project = await daemon.client('project-service');
  closing = [];
});

afterEach(async () => {
  for (const close of closing) close();
  await daemon.stop();
});

const metrics = async (): Promise<string> => (await fetch(`${daemon.admin}/metrics`)).text();

function watching(client: RegistryClient, withContracts = false): ServiceDirectory {
  const directory = new ServiceDirectory({ client, clock: systemClock, withContracts });
  closing.push(() => directory.close());
  return directory;
}

describe('a lease', () => {
  test('is taken, seen, renewed, drained and given up', async () => {
    const edge = await daemon.client('edge-router');
    const directory = watching(edge);
    const { leaseId, lease, generation } = await project.register({ instance: instance('a') });
    expect(Number(lease!.seconds)).toBe(10);
    await eventually(() => expect(directory.instances('project-service')).toHaveLength(1));
    expect(directory.instances('project-service')[0]).toMatchObject({
      id: 'a',
      owner: 'spiffe://gateway.local/project-service',
      state: registryV1.InstanceState.READY,
      generation,
    });
    await project.renew({ leaseId, load: { connections: 7 } });
    await eventually(() => expect(directory.instances('project-service')[0]!.load?.connections).toBe(7));
    await project.renew({ leaseId, state: registryV1.InstanceState.DRAINING });
    await eventually(() => {
      expect(directory.instances('project-service')[0]!.state).toBe(registryV1.InstanceState.DRAINING);
    });
    await project.deregister(leaseId);
    await eventually(() => expect(directory.instances('project-service')).toEqual([]));
    expect(await codeOf(project.renew({ leaseId }))).toBe(status.NOT_FOUND);
    expect(await codeOf(project.deregister(leaseId))).toBe(status.OK);
  });

  test('that is not renewed runs out', async () => {
    await project.register({ instance: instance('a'), lease: { seconds: 1n } });
    const { instances } = await project.discover('project-service');
    expect(instances).toHaveLength(1);
    await eventually(async () => expect((await project.discover('project-service')).instances).toEqual([]), {
      within: 3_000,
    });
    expect(await metrics()).toMatch(/^gateway_registry_leases_expired_total 1$/m);
  });

  test('of a replaced generation is fenced', async () => {
    const first = await project.register({ instance: instance('a') });
    const second = await project.register({ instance: instance('a') });
    expect(second.generation!.n).toBeGreaterThan(first.generation!.n);
    expect(await codeOf(project.renew({ leaseId: first.leaseId }))).toBe(status.FAILED_PRECONDITION);
    expect(await codeOf(project.deregister(first.leaseId))).toBe(status.OK);
    expect((await project.discover('project-service')).instances).toHaveLength(1);
  });

  test('is its owner’s', async () => {
    const { leaseId } = await project.register({ instance: instance('a') });
    const stranger = await daemon.client('simulation-service');
    expect(await codeOf(stranger.renew({ leaseId }))).toBe(status.PERMISSION_DENIED);
    expect(await codeOf(stranger.deregister(leaseId))).toBe(status.PERMISSION_DENIED);
    const operator = await daemon.client('operator');
    expect(await codeOf(operator.renew({ leaseId }))).toBe(status.OK);
  });

  test.each<[string, object]>([
    ['a bad id', { id: 'a b' }],
    ['a bad service', { service: 'Project Service' }],
    ['no address', { address: 'localhost' }],
    ['no protocol', { protocol: registryV1.Protocol.UNSPECIFIED }],
  ])('with %s is refused', async (_what, change) => {
    expect(await codeOf(project.register({ instance: { ...instance('a'), ...change } }))).toBe(status.INVALID_ARGUMENT);
  });

  test('may last 1 s to 60 s', async () => {
    expect(await codeOf(project.register({ instance: instance('a'), lease: { seconds: 61n } }))).toBe(
      status.INVALID_ARGUMENT,
    );
    expect(await codeOf(project.register({}))).toBe(status.INVALID_ARGUMENT);
  });
});

describe('a name', () => {
  test('belongs to the certificate: ws-node is not project-service', async () => {
    const node = await daemon.client('ws-node');
    expect(await codeOf(node.register({ instance: instance('a') }))).toBe(status.PERMISSION_DENIED);
    expect(await codeOf(node.register({ instance: instance('a', 'free-service') }))).toBe(status.PERMISSION_DENIED);
    expect(await codeOf(node.register({ instance: instance('a', 'ws-node') }))).toBe(status.OK);
  });

  test('may be named for another by the operator only', async () => {
    const owner = 'spiffe://gateway.local/project-service';
    const operator = await daemon.client('operator');
    await operator.register({ instance: instance('a'), owner });
    expect((await project.discover('')).instances.find(({ id }) => id === 'a')?.owner).toBe(owner);
    const stranger = await daemon.client('simulation-service');
    expect(await codeOf(stranger.register({ instance: instance('b'), owner }))).toBe(status.PERMISSION_DENIED);
    expect(await codeOf(operator.register({ instance: instance('b'), owner: 'me' }))).toBe(status.INVALID_ARGUMENT);
  });

  test('that nobody owns is the first one’s', async () => {
    const first = await daemon.client('newcomer');
    const second = await daemon.client('latecomer');
    expect(await codeOf(first.register({ instance: instance('a', 'new-service') }))).toBe(status.OK);
    expect(await codeOf(second.register({ instance: instance('b', 'new-service') }))).toBe(status.PERMISSION_DENIED);
    expect(await codeOf(second.register({ instance: instance('b') }))).toBe(status.PERMISSION_DENIED);
  });
});

describe('a contract', () => {
  const descriptorSet = contractFixture();

  test('comes with an instance and is seen at once', async () => {
    const directory = watching(await daemon.client('edge-router'), true);
    const { contractDigest } = await project.register({ instance: instance('a'), descriptorSet });
    expect(contractDigest).toBe(digestOf(descriptorSet));
    await eventually(() => expect(directory.descriptorSet(contractDigest)).toEqual(descriptorSet));
    expect(directory.contracts().find(({ service }) => service === 'project-service')?.digest).toBe(contractDigest);
    expect(directory.instances('project-service')[0]!.contractDigest).toBe(contractDigest);
  });

  test('tells which methods wait for their first instance, and never takes that back', async () => {
    const mocked = contractFixture({ mock: MockPolicy.WHEN_UNAVAILABLE });
    await project.publishContract({ service: 'project-service', descriptorSet: mocked });
    const directory = watching(await daemon.client('edge-router'));
    const unserved = () => directory.contracts().find(({ service }) => service === 'project-service')?.unservedMethods;
    await eventually(() => expect(unserved()).toEqual(['/demo.v1.ThingService/GetThing']));
    const lease = { instance: instance('a'), descriptorSet: mocked };
    const { leaseId } = await project.register(lease);
    await eventually(() => expect(unserved()).toEqual([]));
    await project.deregister(leaseId);
    const { contracts } = await project.discover('project-service');
    expect(contracts).toMatchObject([{ digest: digestOf(mocked), unservedMethods: [] }]);
  });

  test('is not rolled back by an old instance, but by publishing it', async () => {
    const newer = contractFixture({ comment: 'Newer' });
    const inForce = async () => (await project.discover('project-service')).contracts[0]!.digest;
    await project.register({ instance: instance('a'), descriptorSet });
    await project.register({ instance: instance('b'), descriptorSet: newer });
    const late = await project.register({ instance: instance('c'), descriptorSet });
    expect(late.contractDigest).toBe(digestOf(descriptorSet));
    expect(await inForce()).toBe(digestOf(newer));
    await project.publishContract({ service: 'project-service', descriptorSet });
    expect(await inForce()).toBe(digestOf(descriptorSet));
    const history = (await (await fetch(`${daemon.admin}/contracts/project-service/history`)).json()) as {
      history: { digest: string }[];
    };
    const listed = (await (await fetch(`${daemon.admin}/contracts`)).json()) as { contracts: { service: string }[] };
    expect(listed.contracts.find(({ service }) => service === 'project-service')).toMatchObject({
      methods: [{ routes: ['GET /api/v1/things/{id}'] }],
    });
    expect(history.history.map(({ digest }) => digest)).toEqual([descriptorSet, newer, descriptorSet].map(digestOf));
  });

  test.each<[string, Parameters<typeof contractFixture>[0], RegExp]>([
    ['a foreign package', { package: 'other.v1' }, /package other\.v1/],
    ['a foreign path', { path: '/api/v1/others/{id}' }, /may not publish "\/api\/v1\/others/],
    ['a catch-all', { path: '/{id}' }, /catch-all/],
    ['an open route', { auth: AuthPolicy_Mode.NONE }, /may not open/],
    ['an open gRPC method', { auth: AuthPolicy_Mode.OPTIONAL, path: null }, /may not open/],
  ])('with %s is refused', async (_what, fixture, why) => {
    const call = project.register({ instance: instance('a'), descriptorSet: contractFixture(fixture) });
    await expect(call).rejects.toMatchObject({ code: status.PERMISSION_DENIED, details: expect.stringMatching(why) });
    expect((await project.discover('project-service')).instances).toEqual([]);
  });

  test('may open what its owner may open', async () => {
    const open = contractFixture({ path: '/api/v1/things/open/{id}', auth: AuthPolicy_Mode.NONE });
    expect(await codeOf(project.register({ instance: instance('a'), descriptorSet: open }))).toBe(status.OK);
  });

  test('that does not compile is refused with its reason', async () => {
    const call = project.register({ instance: instance('a'), descriptorSet: Buffer.from('nonsense') });
    await expect(call).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringMatching(/not a descriptor set/),
    });
    expect(await metrics()).toMatch(/contracts_refused_total\{rule="malformed"\} 1/);
  });

  test('that breaks the one in force is refused with all that it breaks, and degrades health until a better one', async () => {
    await project.publishContract({ service: 'project-service', descriptorSet });
    const breaking = contractFixture({ field: 'name', path: '/api/v1/things/{name}' });
    const call = project.register({ instance: instance('a'), descriptorSet: breaking });
    await expect(call).rejects.toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: expect.stringMatching(/\[ROUTE_SAME_VARIABLES\] \(and 2 more\)$/),
      violations: [
        { rule: 'ROUTE_SAME_VARIABLES', element: 'demo.v1.ThingService.GetThing', file: 'demo/v1/thing.proto' },
        { rule: 'FIELD_SAME_NAME', element: 'demo.v1.Ask.name' },
        { rule: 'FIELD_SAME_JSON_NAME' },
      ],
    });
    expect(await metrics()).toMatch(/contracts_refused_total\{rule="FIELD_SAME_NAME"\} 1/);
    const ready = await fetch(`${daemon.admin}/readyz?verbose`);
    expect(ready.status).toBe(200);
    expect(await ready.text()).toMatch(/degraded.*refused: project-service: the contract breaks the one in force/);
    const diff = { service: 'project-service', descriptorSet: breaking };
    expect((await project.diffContract(diff)).violations).toHaveLength(3);
    expect(await codeOf(project.publishContract({ ...diff, allowBreaking: true }))).toBe(status.PERMISSION_DENIED);
    const operator = await daemon.client('operator');
    const owner = 'spiffe://gateway.local/project-service';
    await operator.publishContract({ ...diff, owner, allowBreaking: true, note: 'nobody uses it' });
    expect(await (await fetch(`${daemon.admin}/readyz?verbose`)).text()).not.toMatch(/degraded/);
    const { digest } = await operator.rollBackContract({ service: 'project-service' });
    expect(digest).toBe(digestOf(descriptorSet));
    const { publications } = await project.listPublications('project-service');
    expect(publications).toMatchObject([
      { inForce: true, allowedBreaking: true, publishedBy: 'spiffe://gateway.local/operator' },
      { inForce: false, allowedBreaking: true, note: 'nobody uses it' },
      { inForce: false, allowedBreaking: false, publishedBy: '', note: '' },
    ]);
    expect(await metrics()).toMatch(/contracts_published_total\{way="rolled-back"\} 1/);
  });

  test('of an unknown digest is refused and not found', async () => {
    const digest = digestOf(Buffer.from('x'));
    expect(await codeOf(project.register({ instance: { ...instance('a'), contractDigest: digest } }))).toBe(
      status.FAILED_PRECONDITION,
    );
    expect(await codeOf(project.getContract(digest))).toBe(status.NOT_FOUND);
  });

  test('of strangers yields to entries and to whoever was first', async () => {
    const stranger = await daemon.client('newcomer');
    const offer = (fixture: Parameters<typeof contractFixture>[0]) =>
      codeOf(stranger.publishContract({ service: 'newcomer', descriptorSet: contractFixture(fixture) }));
    expect(await offer({ path: '/api/v2/things/{id}' })).toBe(status.PERMISSION_DENIED);
    expect(await offer({ package: 'new.v1' })).toBe(status.PERMISSION_DENIED);
    expect(await offer({ package: 'new.v1', path: '/new/{id}' })).toBe(status.OK);
    const other = await daemon.client('latecomer');
    const late = contractFixture({ package: 'late.v1', path: '/new/{id=*}' });
    expect(await codeOf(other.publishContract({ service: 'latecomer', descriptorSet: late }))).toBe(
      status.PERMISSION_DENIED,
    );
  });
});

test('a watcher that leaves is let go', async () => {
  const watchers = async () => /^gateway_registry_watchers (\d+)$/m.exec(await metrics())?.[1];
  const directory = watching(await daemon.client('edge-router'));
  await eventually(() => expect(directory.status.state).toBe('live'));
  expect(await watchers()).toBe('1');
  directory.close();
  await eventually(async () => expect(await watchers()).toBe('0'));
});

test('the registry is in itself, and shows what it knows', async () => {
  await eventually(async () => {
    expect((await project.discover('registry-daemon')).instances).toMatchObject([{ address: daemon.address }]);
  });
  const services = (await (await fetch(`${daemon.admin}/services`)).json()) as { services: { name: string }[] };
  expect(services.services.map(({ name }) => name)).toEqual(['registry-daemon']);
  const ready = await fetch(`${daemon.admin}/readyz?verbose`);
  expect(ready.status).toBe(200);
  expect(await ready.text()).toMatch(/journal/);
  expect((await fetch(`${daemon.admin}/contracts/none/history`)).status).toBe(404);
});
