import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from '@jest/globals';
import { healthV1 } from '@gateway/contracts';
import { fakeClock } from '@gateway/testing';
import type { Answer } from './ask';
import { collectFacts, type FactSources } from './collect';
import { finding, instanceFacts, serviceFacts } from './facts.fixture';
import type { KnownInstance } from './known-instances';

const { CheckState, Phase } = healthV1;

const known = (id: string, given: Partial<KnownInstance> = {}): KnownInstance => ({
  id,
  address: `${id}:1`,
  grpcAddress: `${id}:1`,
  expect: 'spiffe://x/shop',
  life: 'ready',
  zone: '',
  version: '',
  findings: [],
  ...given,
});

const report = (given: object): Answer => ({ kind: 'report', report: create(healthV1.ReportResponseSchema, given) });

const self = serviceFacts('edge-router', [instanceFacts('edge-1')]);

/** One service, `shop`, and who was asked. */
function scene(instances: readonly KnownInstance[], answer: Answer, given: Partial<FactSources> = {}) {
  const seen: string[] = [];
  const sources: FactSources = {
    clock: fakeClock(),
    self: () => self,
    services: () => ['shop'],
    needed: () => new Set(['shop']),
    instances: () => instances,
    emptySince: () => null,
    against: () => () => [],
    ask: ({ address }) => {
      seen.push(address);
      return Promise.resolve(answer);
    },
    ...given,
  };
  return { seen, facts: collectFacts(sources) };
}

/** What is known of the one instance of `shop`. */
const factsOf = async (instance: KnownInstance, answer: Answer, given: Partial<FactSources> = {}) =>
  (await scene([instance], answer, given).facts)[1]!.instances[0]!;

test('this edge comes first, then every service, also one without instances', async () => {
  const { facts } = scene([], { kind: 'reached' }, { emptySince: () => 5, needed: () => new Set() });
  expect(await facts).toEqual([self, { name: 'shop', needed: false, instances: [], emptySince: 5 }]);
});

test('only those are asked that may be called', async () => {
  const instances = [known('a'), known('b', { life: 'starting' }), known('c', { life: 'draining' })];
  const { seen, facts } = scene(instances, { kind: 'unreachable', why: 'ECONNREFUSED' });
  const [, shop] = await facts;
  expect(seen).toEqual(['a:1']);
  expect(shop!.instances.map(({ life, findings }) => [life, findings.length])).toEqual([
    ['ready', 1],
    ['starting', 0],
    ['draining', 0],
  ]);
});

test.each([
  [{ kind: 'reached' }, []],
  [{ kind: 'unasked' }, []],
  [{ kind: 'silent', ms: 1000 }, [finding('degraded', 'no answer within 1000 ms')]],
  [{ kind: 'unreachable', why: 'ECONNREFUSED' }, [finding('down', "this edge can't reach it: ECONNREFUSED")]],
] satisfies [Answer, unknown[]][])('an answer %j is %j', async (answer, findings) => {
  expect(await factsOf(known('a'), answer)).toMatchObject({ findings, dependencies: [] });
});

test('findings of the registry, of this edge and of asking stand together', async () => {
  const instance = known('a', { findings: [finding('down', 'registry')] });
  const facts = await factsOf(
    instance,
    { kind: 'silent', ms: 9 },
    { against: () => () => [finding('degraded', 'breaker')] },
  );
  expect(facts.findings.map(({ why }) => why)).toEqual(['registry', 'breaker', 'no answer within 9 ms']);
});

test('the checks of an app become dependencies', async () => {
  const since = timestampFromMs(5000);
  const check = (name: string, state: healthV1.CheckState) => ({ name, state, since });
  const checks = [
    { ...check('ok', CheckState.OK), required: true, why: 'fine' },
    check('degraded', CheckState.DEGRADED),
    check('down', CheckState.DOWN),
    check('unsaid', CheckState.UNSPECIFIED),
    { name: 'newer', state: 99, since: undefined },
  ];
  const { dependencies } = await factsOf(known('a'), report({ checks }));
  expect(dependencies).toEqual([
    { name: 'ok', required: true, state: 'ok', why: 'fine', since: 5000 },
    { name: 'degraded', required: false, state: 'degraded', why: '', since: 5000 },
    { name: 'down', required: false, state: 'down', why: '', since: 5000 },
    { name: 'unsaid', required: false, state: 'degraded', why: '', since: 5000 },
    { name: 'newer', required: false, state: 'degraded', why: '', since: 0 },
  ]);
});

test('an app knows its phase before the registry, and its version when it did not register it', async () => {
  const draining = report({ phase: Phase.DRAINING, version: '2.0' });
  expect(await factsOf(known('a'), draining)).toMatchObject({ life: 'draining', version: '2.0' });
  expect(await factsOf(known('a', { version: '1.9' }), report({ version: '2.0' }))).toMatchObject({
    life: 'ready',
    version: '1.9',
  });
});

test('who leaves while it is asked is not unreachable', async () => {
  const instances = [known('a'), known('b')];
  const { facts } = scene(
    [],
    { kind: 'reached' },
    {
      instances: () => [...instances],
      ask: ({ address }) => {
        if (address === 'a:1') instances.shift();
        if (address === 'b:1') instances[0] = known('b', { life: 'draining' });
        return Promise.resolve({ kind: 'unreachable', why: 'ECONNREFUSED' });
      },
    },
  );
  expect((await facts)[1]!.instances).toMatchObject([{ id: 'b', life: 'draining', findings: [] }]);
});
