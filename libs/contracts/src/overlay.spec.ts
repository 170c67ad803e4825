import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from '@jest/globals';
import { compileContract } from './compile';
import { contractFixture } from './contract.fixture';
import { AuthPolicy_Mode, Priority, RoutePolicySchema } from './gen/gateway/v1/policy_pb';
import { HttpRuleSchema } from './gen/google/api/http_pb';
import { type ContractOverlay, isEmptyOverlay, overlayContract } from './overlay';

const get = (path: string) => create(HttpRuleSchema, { pattern: { case: 'get', value: path } });
const open = create(RoutePolicySchema, { auth: { mode: AuthPolicy_Mode.NONE } });

const contract = compileContract(
  contractFixture([
    {
      name: 'Get',
      http: { pattern: { case: 'get', value: '/old/{id}' } },
      policy: { priority: Priority.CRITICAL, auth: { scopes: ['read'] } },
    },
    { name: 'List' },
  ]),
);
const lay = (...overlays: ContractOverlay[]) => overlayContract(contract, overlays);

describe('overlayContract', () => {
  test('replaces the bindings, and the fields of the policy that are set', () => {
    const {
      contract: overlaid,
      problems,
      applied,
    } = lay({
      selector: 'demo.v1.DemoService.Get',
      http: get('/new/{id}'),
      policy: open,
    });
    expect(problems).toEqual([]);
    expect(overlaid.methods[0]).toMatchObject({
      bindings: [{ method: 'GET', path: '/new/{id}' }],
      policy: { priority: Priority.CRITICAL, auth: { mode: AuthPolicy_Mode.NONE, scopes: [] } },
    });
    expect(overlaid.methods[1]).toBe(contract.methods[1]);
    expect(overlaid.services[0]!.methods).toEqual(overlaid.methods);
    expect([overlaid.digest, [...applied]]).toEqual([contract.digest, [['demo.v1.DemoService.Get', [0]]]]);
    expect(contract.methods[0]!.bindings[0]!.path).toBe('/old/{id}');
  });

  test('takes all methods of a service; of several overlays the last one wins', () => {
    const { contract: overlaid } = lay(
      { selector: 'demo.v1.DemoService.*', policy: open },
      { selector: 'demo.v1.DemoService.List', policy: create(RoutePolicySchema, { auth: { scopes: ['list'] } }) },
    );
    expect(overlaid.methods.map(({ policy }) => policy.auth)).toMatchObject([
      { mode: AuthPolicy_Mode.NONE },
      { mode: AuthPolicy_Mode.UNSPECIFIED, scopes: ['list'] },
    ]);
  });

  test('makes the method public that it names, and none by naming all', () => {
    const exposed = (selector: string): boolean[] =>
      lay({ selector, policy: open }).contract.methods.map((method) => method.exposed);
    expect(contract.methods.map((method) => method.exposed)).toEqual([true, false]);
    expect(exposed('demo.v1.DemoService.*')).toEqual([true, false]);
    expect(exposed('demo.v1.DemoService.List')).toEqual([true, true]);
  });

  test('leaves out a method that it cannot be applied to, and says why', () => {
    const byNobody = create(RoutePolicySchema, {
      rateLimits: [{ name: 'a', requests: 1, window: { seconds: 1n }, by: ['field:nope'] }],
    });
    const { contract: overlaid, problems } = lay(
      { selector: 'demo.v1.DemoService.Get', http: get('/new/{nope}') },
      { selector: 'demo.v1.DemoService.List', policy: byNobody },
    );
    expect(overlaid.methods).toEqual([]);
    expect(problems).toEqual([
      { index: 0, field: 'http', method: 'demo.v1.DemoService.Get', detail: expect.stringContaining('"{nope}"') },
      {
        index: 1,
        field: 'policy.rate_limits[0].by',
        method: 'demo.v1.DemoService.List',
        detail: expect.stringContaining('nope'),
      },
    ]);
  });

  test('gives a contract back as it is when it selects nothing in it', () => {
    expect(lay({ selector: 'demo.v1.Other.*', policy: open }).contract).toBe(contract);
    expect(lay({ selector: 'demo.v1.DemoService', policy: open }).contract).toBe(contract);
  });
});

test('an overlay that sets nothing is empty', () => {
  const selector = 'demo.v1.DemoService.Get';
  expect(isEmptyOverlay({ selector })).toBe(true);
  expect(isEmptyOverlay({ selector, policy: create(RoutePolicySchema) })).toBe(true);
  expect(isEmptyOverlay({ selector, policy: open })).toBe(false);
  expect(isEmptyOverlay({ selector, http: get('/a') })).toBe(false);
});
