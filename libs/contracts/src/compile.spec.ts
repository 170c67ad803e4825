import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { compileContract } from './compile';
import { contractFixture, type MethodFixture } from './contract.fixture';
import { ContractError } from './contract-error';
import { CONTRACT_BOUNDS, descriptorSetOf, digestOf } from './descriptor-set';
import { file_gateway_events_v1_events } from './gen/gateway/events/v1/events_pb';
import { file_gateway_registry_v1_registry } from './gen/gateway/registry/v1/registry_pb';
import { type HttpRule, HttpRuleSchema } from './gen/google/api/http_pb';
import { AuthPolicy_Mode } from './gen/gateway/v1/policy_pb';

const rule = (init: MessageInitShape<typeof HttpRuleSchema>): HttpRule => create(HttpRuleSchema, init);
const get = (path: string): HttpRule => rule({ pattern: { case: 'get', value: path } });

function refusal(bytes: Uint8Array): ContractError {
  try {
    compileContract(bytes);
  } catch (error) {
    if (error instanceof ContractError) return error;
    throw error;
  }
  throw new Error('the contract was accepted');
}

describe('a contract that makes sense', () => {
  test('has its bindings resolved, additional ones included', () => {
    const bytes = contractFixture([
      {
        name: 'Update',
        http: {
          pattern: { case: 'patch', value: '/v1/{id}' },
          body: '*',
          responseBody: 'title',
          additionalBindings: [
            { pattern: { case: 'put', value: '/v1/{id}/{item.title}' }, body: 'item' },
            { pattern: { case: 'custom', value: { kind: 'PURGE', path: '/v1/{id=items/*}' } } },
          ],
        },
      },
      { name: 'Plain' },
    ]);
    const contract = compileContract(bytes);
    expect(contract.digest).toBe(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
    expect(contract.services.map(({ typeName }) => typeName)).toEqual(['demo.v1.DemoService']);
    const [update, plain] = contract.methods;
    expect(update).toMatchObject({
      typeName: 'demo.v1.DemoService',
      method: 'Update',
      path: '/demo.v1.DemoService/Update',
    });
    expect(update!.bindings).toEqual([
      { method: 'PATCH', path: '/v1/{id}', body: '*', responseBody: 'title' },
      { method: 'PUT', path: '/v1/{id}/{item.title}', body: 'item', responseBody: '' },
      { method: 'PURGE', path: '/v1/{id=items/*}', body: '', responseBody: '' },
    ]);
    expect(plain!.bindings).toEqual([]);
    expect(contract.registry.getMessage('demo.v1.Item')).toBeDefined();
  });

  test('overlays the service policy with whole fields of the method', () => {
    const bytes = contractFixture(
      [
        { name: 'Own', policy: { auth: { mode: AuthPolicy_Mode.NONE }, timeout: { seconds: 3n } } },
        { name: 'Inherited' },
      ],
      {
        auth: { mode: AuthPolicy_Mode.REQUIRED, scopes: ['a'] },
        rateLimits: [{ name: 'l', requests: 1, window: { seconds: 1n } }],
      },
    );
    const [own, inherited] = compileContract(bytes).methods;
    expect(own!.policy.auth).toMatchObject({ mode: AuthPolicy_Mode.NONE, scopes: [] });
    expect(own!.policy.timeout?.seconds).toBe(3n);
    expect(own!.policy.rateLimits).toHaveLength(1);
    expect(inherited!.policy.auth).toMatchObject({ mode: AuthPolicy_Mode.REQUIRED, scopes: ['a'] });
    expect(inherited!.policy.timeout).toBeUndefined();
  });

  test('is the same bytes for the same generated files, with all their imports', () => {
    const one = descriptorSetOf([file_gateway_registry_v1_registry, file_gateway_events_v1_events]);
    const other = descriptorSetOf([file_gateway_events_v1_events, file_gateway_registry_v1_registry]);
    expect(digestOf(one)).toBe(digestOf(other));
    expect(
      compileContract(one)
        .services.map(({ typeName }) => typeName)
        .sort(),
    ).toEqual(['gateway.events.v1.EventService', 'gateway.registry.v1.RegistryService']);
  });

  test('may list files before what they import', () => {
    const set = create(FileDescriptorSetSchema, {
      file: [
        { name: 'a.proto', syntax: 'proto3', dependency: ['b.proto'], messageType: [{ name: 'A' }] },
        { name: 'b.proto', syntax: 'proto3', messageType: [{ name: 'B' }] },
      ],
    });
    expect(compileContract(toBinary(FileDescriptorSetSchema, set)).registry.getMessage('A')).toBeDefined();
  });
});

describe('a contract is refused, naming file, symbol and rule', () => {
  const binding = (http: MethodFixture['http']) => refusal(contractFixture([{ name: 'Get', http }]));

  test.each([
    ['a template that is no path', get('v1/x'), /is not a path template/],
    ['a query in the template', get('/v1?x=1'), /is not a path template/],
    ['an unclosed brace', get('/v1/{id'), /braces/],
    ['a variable of no field', get('/v1/{nothing}'), /"\{nothing\}".*demo\.v1\.Request/],
    ['a variable of a list', get('/v1/{tags}'), /not a scalar field/],
    ['a variable of a message', get('/v1/{item}'), /not a scalar field/],
    ['a field bound twice', get('/v1/{id}/{id}'), /twice/],
    ['a body of no field', { pattern: { case: 'post', value: '/v1' }, body: 'x' }, /body "x"/],
    ['a body on GET', { ...get('/v1'), body: '*' }, /must not have a body/],
    ['a response body of no field', { ...get('/v1'), responseBody: 'x' }, /response_body "x"/],
    [
      'nested additional bindings',
      { ...get('/v1'), additionalBindings: [{ ...get('/v2'), additionalBindings: [get('/v3')] }] },
      /nest/,
    ],
    ['additional bindings alone', { additionalBindings: [get('/v1')] }, /without a pattern/],
    ['an additional binding without pattern', { ...get('/v1'), additionalBindings: [rule({})] }, /no pattern/],
    [
      'a custom kind that is no method',
      { pattern: { case: 'custom', value: { kind: 'get it', path: '/v1' } } },
      /not an HTTP method/,
    ],
    ['TRACE', { pattern: { case: 'custom', value: { kind: 'TRACE', path: '/v1' } } }, /can't be a route/],
  ] satisfies [string, MethodFixture['http'], RegExp][])('%s', (_what, http, why) => {
    const error = binding(http);
    expect(error.message).toMatch(why);
    expect(error).toMatchObject({
      rule: 'binding',
      place: { file: 'demo/v1/demo.proto', symbol: 'demo.v1.DemoService.Get' },
    });
  });

  test.each(['/health', '/docs/x', '/openapi.json', '/socket.io/{id}'])('the platform’s own path %s', (path) => {
    expect(binding(get(path)).rule).toBe('reserved');
  });

  test('a path that only begins like one of the platform’s is free', () => {
    expect(compileContract(contractFixture([{ http: get('/healthy') }])).methods).toHaveLength(1);
  });

  test('two methods with routes of one shape', () => {
    const bytes = contractFixture([{ http: get('/v1/{id}') }, { http: get('/v1/{name}') }]);
    expect(refusal(bytes).message).toMatch(/Call1: GET \/v1\/\{name\} is also a route of demo\.v1\.DemoService\.Call0/);
  });

  test('a policy that can’t mean anything', () => {
    const error = refusal(contractFixture([{ name: 'Get', policy: { timeout: { seconds: -1n } } }]));
    expect(error.message).toBe(
      'demo/v1/demo.proto: demo.v1.DemoService.Get: timeout: must be between 0.001 s and 3600 s [policy]',
    );
  });

  test('an import that is not in the set, and one that leads back', () => {
    const set = (file: object[]) => toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file }));
    expect(refusal(set([{ name: 'a.proto', dependency: ['b.proto'] }]))).toMatchObject({
      rule: 'import',
      detail: /b\.proto/,
    });
    const circle = [
      { name: 'a.proto', dependency: ['b.proto'] },
      { name: 'b.proto', dependency: ['a.proto'] },
    ];
    expect(refusal(set(circle))).toMatchObject({ rule: 'import', detail: 'the file imports itself' });
  });

  test('what is out of bounds', () => {
    expect(refusal(new Uint8Array(CONTRACT_BOUNDS.bytes + 1)).rule).toBe('bounds');
    const many = Array.from({ length: CONTRACT_BOUNDS.methods + 1 }, (_each, index) => ({ name: `M${index}` }));
    expect(refusal(contractFixture(many)).rule).toBe('bounds');
    const additionalBindings = Array.from({ length: CONTRACT_BOUNDS.bindings }, (_each, index) => get(`/v1/${index}`));
    expect(binding({ ...get('/v1'), additionalBindings }).rule).toBe('bounds');
    expect(binding(get(`/${'x'.repeat(2000)}`)).rule).toBe('bounds');
    const file = Array.from({ length: CONTRACT_BOUNDS.files + 1 }, (_each, index) => ({ name: `${index}.proto` }));
    expect(refusal(toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file }))).rule).toBe('bounds');
  });

  test('messages nested beyond the depth', () => {
    let nested: object = { name: 'Deepest' };
    for (let depth = 0; depth < 200; depth++) nested = { name: 'M', nestedType: [nested] };
    const set = create(FileDescriptorSetSchema, { file: [{ name: 'a.proto', messageType: [nested] }] });
    expect(refusal(toBinary(FileDescriptorSetSchema, set))).toMatchObject({ rule: 'malformed', detail: /depth/ });
  });

  test('an option whose bytes are broken', () => {
    const bytes = contractFixture([{ http: get('/v1/abc') }]);
    const at = Buffer.from(bytes).indexOf('/v1/abc');
    const broken = Uint8Array.from(bytes);
    broken[at - 1] = 0x7f; // the pattern's length now leads beyond its message
    expect(refusal(broken).rule).toBe('malformed');
  });
});

describe('whatever the bytes', () => {
  const compilesOrRefuses = (bytes: Uint8Array): void => {
    try {
      compileContract(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(ContractError);
    }
  };

  test('arbitrary ones', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), compilesOrRefuses), { numRuns: 2_000 });
  });

  test('a real set with bytes changed, cut or doubled', () => {
    const real = Buffer.from(
      contractFixture([
        { http: get('/v1/{id}'), policy: { auth: { permission: 'p', resource: '{id}' }, timeout: { seconds: 2n } } },
      ]),
    );
    const changed = fc
      .tuple(
        fc.array(fc.tuple(fc.nat(real.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.nat(real.length),
        fc.boolean(),
      )
      .map(([edits, cut, doubled]) => {
        const bytes = Buffer.from(real);
        for (const [at, value] of edits) bytes[at] = value;
        return doubled ? Buffer.concat([bytes, bytes.subarray(0, cut)]) : bytes.subarray(0, cut);
      });
    fc.assert(fc.property(changed, compilesOrRefuses), { numRuns: 3_000 });
  });
});
