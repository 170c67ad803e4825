import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { commentsIn } from '@gateway/contracts';
import { spiffeIdFor } from '@gateway/mtls';
import { contractAt } from './contract/compile';
import { runGatewayctl } from './program';
import { bundle, testRegistry, TestTerminal } from './programs.fixture';

// Real programs on a machine that others use too.
jest.setTimeout(90_000);

let bundled: ReturnType<typeof bundle>;
let registry: Awaited<ReturnType<typeof testRegistry>>;
let operator: string;
let folder: string;

beforeAll(async () => {
  bundled = bundle('registry-daemon');
  const owned = { packages: ['owned.v1'], paths: ['/api/v1/owned'], anonymous: [] };
  registry = await testRegistry(bundled.main, { [spiffeIdFor('owned-service')]: owned });
  operator = await registry.authority.issue('operator');
  await registry.program.start();
});

afterAll(async () => {
  await registry.remove();
  bundled.remove();
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatewayctl-spec-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]): Promise<{ code: number; out: string; err: string[] }> {
  const env = { GATEWAY_REGISTRY: registry.address, GATEWAY_IDENTITY_DIR: operator };
  const terminal = new TestTerminal(env, folder);
  const code = await runGatewayctl(['contract', ...args], terminal);
  return { code, out: terminal.text, err: terminal.errors };
}

const write = (name: string, text: string): void => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
};

/** The lines are counted in the tests below. */
const SHOP = `syntax = "proto3";
package shop.v1;
import "gateway/v1/policy.proto";
import "google/api/annotations.proto";
import "shop/v1/item.proto";
service ShopService {
  rpc GetItem(Item) returns (Item) {
    option (google.api.http) = { get: "/api/v1/items/{id}" };
    option (gateway.v1.policy) = { auth: { mode: NONE } };
  }
}
`;
const ITEM = `syntax = "proto3";
package shop.v1;
import "buf/validate/validate.proto";
message Item {
  string id = 1 [(buf.validate.field).string.min_len = 1];
}
`;

/** Another service's contract in the folder `name`. */
const named = (name: string, change: (text: string) => string = (text) => text): void => {
  write(
    `${name}/${name}/v1/${name}.proto`,
    change(
      SHOP.replace('import "shop/v1/item.proto";\n', '')
        .replaceAll('shop.v1', `${name}.v1`)
        .replace('v1/items', `v1/${name}`) + 'message Item {\n  string id = 1;\n}\n',
    ),
  );
};
const push = (name: string, ...more: string[]) => run('push', name, '--service', `${name}-service`, ...more);

describe('contract push', () => {
  test('compiles a folder and publishes it for its owner, once', async () => {
    write('shop/v1/shop.proto', SHOP);
    write('shop/v1/item.proto', ITEM);
    const { code, out, err } = await run('push', '.', '--service', 'shop-service');
    expect([code, err]).toEqual([0, []]);
    expect(out).toMatch(/^shop-service has the contract sha256:[0-9a-f]{64}, 1 methods, at revision \d+$/);
    // Places are no other contract; comments are, for they are its documentation.
    write('shop/v1/item.proto', ITEM.replace('message', '\n\nmessage'));
    const [sentence] = out.split(', at revision');
    expect((await run('push', '.', '--service', 'shop-service')).out).toContain(sentence);
    write('shop/v1/item.proto', ITEM.replace('message', '// What is sold.\nmessage'));
    expect((await run('push', '.', '--service', 'shop-service')).out).not.toContain(sentence);
    const { descriptorSet } = await contractAt(folder);
    const told = fromBinary(FileDescriptorSetSchema, descriptorSet).file.flatMap((each) =>
      Object.values(commentsIn(each)),
    );
    expect(told).toEqual([' What is sold.\n']);
    const { publications } = JSON.parse((await run('history', 'shop-service', '--json')).out) as {
      publications: object[];
    };
    expect(publications).toMatchObject([
      { contract: { owner: spiffeIdFor('shop-service') }, inForce: true },
      { contract: { owner: spiffeIdFor('shop-service') } },
    ]);
  });

  test('publishes for the owner that is named', async () => {
    named('named');
    expect(await push('named', '--owner', 'other-team')).toMatchObject({ code: 0 });
    expect((await run('history', 'named-service')).out).toMatch(/ other-team +operator +- +-$/m);
  });

  test('says what can’t be pushed at all', async () => {
    expect(await run('push', 'nowhere', '--service', 'x')).toMatchObject({ code: 64 });
    expect(await run('push', folder, '--service', 'x')).toMatchObject({ code: 64, err: [/has no \.proto file/] });
    write('set.binpb', 'garbage');
    expect(await run('push', 'set.binpb', '--service', 'x')).toMatchObject({
      code: 65,
      err: [expect.stringMatching(/set\.binpb is no contract: not a descriptor set: .* \[malformed\]$/)],
    });
    expect(await run('push', folder)).toMatchObject({ code: 64, err: [expect.stringContaining('--service')] });
  });

  test('tells who may not', async () => {
    named('mine');
    const stranger = await registry.authority.issue('stranger');
    const refused = await push('mine', '--identity', stranger);
    expect(refused).toMatchObject({
      code: 77,
      err: [expect.stringMatching(/the registry refuses: only the operator may/)],
    });
  });
});

describe('a contract is refused with file, line and rule:', () => {
  const linesOf = async (call: ReturnType<typeof run>, code: number): Promise<string[]> => {
    const refused = await call;
    expect([refused.code, refused.out]).toEqual([code, '']);
    return refused.err.join('\n').split('\n');
  };

  test.each<[string, (text: string) => string, string]>([
    [
      'sources that don’t compile',
      (text) => text.replace('"google/api/annotations.proto"', '"nowhere.proto"'),
      'gatewayctl: bad/v1/bad.proto:4:1:imported file does not exist',
    ],
    [
      'a key of the policy that nobody knows',
      (text) => text.replace('mode: NONE', 'mood: NONE'),
      'gatewayctl: bad/v1/bad.proto:8:44:cannot resolve message field name',
    ],
    [
      'a value that is impossible',
      (text) => text.replace('auth: { mode: NONE }', '\n      auth: { mode: NONE }\n      timeout: { seconds: -1 }'),
      'gatewayctl: bad is no contract: bad/v1/bad.proto:10: bad.v1.BadService.GetItem: timeout: must be between 0.001 s and 3600 s [policy]',
    ],
    [
      'two methods with one route',
      (text) =>
        text.replace(
          '  rpc',
          '  rpc Other(Item) returns (Item) {\n    option (google.api.http) = { get: "/api/v1/bad/{id}" };\n  }\n  rpc',
        ),
      'gatewayctl: bad is no contract: bad/v1/bad.proto:10: bad.v1.BadService.GetItem: GET /api/v1/bad/{id} is also a route of bad.v1.BadService.Other [binding]',
    ],
    [
      'a route that can’t be served',
      (text) => text.replace('{id}"', '{nothing}"'),
      'gatewayctl: bad is no contract: bad/v1/bad.proto:7: bad.v1.BadService.GetItem: "{nothing}" of "/api/v1/bad/{nothing}" is not a scalar field of bad.v1.Item [binding]',
    ],
    [
      'more than the bounds',
      (text) => text.replace('/api/v1/bad', `/api/v1/${'x'.repeat(1100)}`),
      'gatewayctl: bad is no contract: bad/v1/bad.proto:7: bad.v1.BadService.GetItem: a path template longer than 1024 characters [bounds]',
    ],
    [
      'a path of the platform',
      (text) => text.replace('/api/v1/bad', '/docs'),
      'gatewayctl: bad is no contract: bad/v1/bad.proto:7: bad.v1.BadService.GetItem: "/docs/{id}" belongs to the platform [reserved]',
    ],
  ])('%s', async (_what, change, expected) => {
    named('bad', (text) => change(text.replaceAll('ShopService', 'BadService')));
    const lines = await linesOf(push('bad'), 65);
    expect(lines[0]!.slice(0, expected.length)).toBe(expected);
  });

  test.each<[string, (text: string) => string, string]>([
    [
      'a path that can’t be matched',
      (text) => text.replace('{id}', '{id=**}/more'),
      'wrong/v1/wrong.proto:7: wrong.v1.ShopService.GetItem: path template "/api/v1/wrong/{id=**}/more": "**" must come last [binding]',
    ],
    [
      'a rule that no message can be checked by',
      (text) =>
        text
          .replace('service', 'import "buf/validate/validate.proto";\nservice')
          .replace('id = 1', 'id = 1 [(buf.validate.field).string.pattern = "("]'),
      "wrong/v1/wrong.proto:13: wrong.v1.Item.id: the rule can't be applied: error parsing regexp: missing closing ): `(` [validation]",
    ],
    [
      'a change between versions that can’t be made',
      (text) =>
        text.replace(
          '  string id = 1;',
          '  option (gateway.v1.message_versions) = { until: "v1" changes: { field: "no" as: "name" } };\n  string id = 1;',
        ),
      'wrong/v1/wrong.proto:11: wrong.v1.Item: message_versions of wrong.v1.Item: there is no field "no" [versions]',
    ],
    [
      'an example that is no answer',
      (text) => text.replace('mode: NONE }', `mode: NONE } mock_options: { examples: ['{"no":1}'] }`),
      'wrong/v1/wrong.proto:8: wrong.v1.ShopService.GetItem: mock_options: examples[0]: cannot decode message wrong.v1.Item from JSON: key "no" is unknown [policy]',
    ],
    [
      'a decision by what a client that streams says later',
      (text) =>
        text
          .replace('(Item) returns', '(stream Item) returns')
          .replace('/{id}', '')
          .replace('mode: NONE', 'mode: REQUIRED permission: "read" resource: "{id}"'),
      'wrong/v1/wrong.proto:8: wrong.v1.ShopService.GetItem: "id" is known too late: the client streams, and "/api/v1/wrong" doesn\'t have it [policy]',
    ],
  ])('%s, though it compiles', async (_what, change, expected) => {
    named('wrong', change);
    const lines = await linesOf(push('wrong'), 65);
    expect(lines).toEqual([expect.stringMatching(/^gatewayctl: the registry refuses: no edge could serve/), expected]);
    const diff = await run('diff', 'wrong', '--service', 'wrong-service');
    expect([diff.code, diff.err]).toEqual([65, [`gatewayctl: a push would be refused\n${expected}`]]);
  });

  test('a path and a package that are another’s', async () => {
    named('owned', (text) => text.replace('option (gateway.v1.policy) = { auth: { mode: NONE } };', ''));
    expect(await push('owned')).toMatchObject({ code: 0 });
    named('thief', (text) => text.replaceAll('thief.v1', 'owned.v1').replace('v1/thief', 'v1/owned/thief'));
    const lines = await linesOf(push('thief'), 77);
    expect(lines).toEqual([
      `gatewayctl: the registry refuses: the package owned.v1 belongs to ${spiffeIdFor('owned-service')} [taken] (and 1 more)`,
      `thief/v1/thief.proto:5: owned.v1.ShopService: the package owned.v1 belongs to ${spiffeIdFor('owned-service')} [taken]`,
      `thief/v1/thief.proto:7: owned.v1.ShopService.GetItem: "/api/v1/owned/thief/{id}" belongs to ${spiffeIdFor('owned-service')} [taken]`,
    ]);
  });

  test('a service that is another’s', async () => {
    named('owned');
    const lines = await linesOf(push('owned', '--owner', 'thief'), 77);
    expect(lines).toContain(`the service owned-service belongs to ${spiffeIdFor('owned-service')} [taken]`);
  });

  test('a route that another contract has', async () => {
    named('early');
    expect(await push('early')).toMatchObject({ code: 0 });
    named('late', (text) => text.replace('v1/late/{id}', 'v1/early/{id=*}'));
    const lines = await linesOf(push('late'), 77);
    expect(lines[1]).toBe(
      `late/v1/late.proto:7: late.v1.ShopService.GetItem: ${spiffeIdFor('late-service')}: GET /api/v1/early/* is a route of early-service already [taken]`,
    );
  });

  test('a route that may not be open', async () => {
    named('owned');
    const lines = await linesOf(push('owned'), 77);
    expect(lines[1]).toBe(
      `owned/v1/owned.proto:8: owned.v1.ShopService.GetItem: ${spiffeIdFor('owned-service')} may not open "/api/v1/owned/{id}" to anyone [anonymous]`,
    );
  });

  test('what breaks the one in force, unless that is meant', async () => {
    named('store');
    expect(await push('store')).toMatchObject({ code: 0 });
    named('store', (text) =>
      text
        .replace('v1/store/{id}', 'v1/stores/{id}')
        .replace('  string id = 1;', '  string id = 1;\n  int64 stock = 2;'),
    );
    const lines = await linesOf(push('store'), 65);
    expect(lines).toEqual([
      'gatewayctl: the registry refuses: the contract breaks the one in force: store.v1.ShopService.GetItem: the route GET /api/v1/store/{id} is gone [ROUTE_NO_DELETE]',
      'store/v1/store.proto:7: store.v1.ShopService.GetItem: the route GET /api/v1/store/{id} is gone [ROUTE_NO_DELETE]',
    ]);
    const diff = await run('diff', 'store', '--service', 'store-service');
    expect(diff.code).toBe(65);
    expect(diff.err).toEqual(['gatewayctl: a push would be refused']);
    expect(diff.out.split('\n')).toEqual([
      expect.stringMatching(/^store-service: sha256:[0-9a-f]{12} -> sha256:[0-9a-f]{12}: 1 breaking, 2 other changes$/),
      '! store/v1/store.proto:7: store.v1.ShopService.GetItem: the route GET /api/v1/store/{id} is gone [ROUTE_NO_DELETE]',
      '+ store/v1/store.proto:6: store.v1.ShopService.GetItem: the route GET /api/v1/stores/{id}',
      '+ store/v1/store.proto:13: store.v1.Item.stock: a field of type int64',
    ]);
    const meant = await push('store', '--allow-breaking', '--note', 'nobody uses it');
    expect(meant).toMatchObject({ code: 0, err: [] });
    expect(meant.out).toMatch(/^! store\/v1\/store\.proto:7: /m);
    expect((await run('history', 'store-service')).out).toMatch(/ allowed +nobody uses it$/m);
  });
});

describe('contracts that were', () => {
  const state = { digests: [] as string[] };
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gatewayctl-spec-'));
    for (const change of ['', '  string title = 2;\n']) {
      named('past', (text) => text.replace('  string id = 1;\n', `  string id = 1;\n${change}`));
      state.digests.push(/sha256:[0-9a-f]+/.exec((await push('past')).out)![0]);
    }
    rmSync(folder, { recursive: true });
  });

  test('are shown, compared, and come back', async () => {
    const [first, second] = state.digests as [string, string];
    expect((await run('diff', 'past-service')).out.split('\n')).toEqual([
      `past-service: ${first.slice(0, 19)} -> ${second.slice(0, 19)}: 0 breaking, 1 other changes`,
      '+ past/v1/past.proto: past.v1.Item.title: a field of type string',
    ]);
    const back = await run('rollback', 'past-service', first.slice(7, 15), '--note', 'it was better');
    expect([back.code, back.err]).toEqual([0, []]);
    expect(back.out).toMatch(new RegExp(`^past-service has the contract ${first} again, at revision \\d+$`, 'm'));
    expect(back.out).toMatch(
      /^! past\/v1\/past\.proto: past\.v1\.Item\.title: the field is gone, and its name isn't reserved /m,
    );
    const history = (await run('history', 'past-service')).out.split('\n');
    expect(history[0]).toMatch(/^PUBLISHED +DIGEST +OWNER +BY +BREAKING +NOTE$/);
    expect(history.slice(1)).toEqual([
      expect.stringMatching(
        `^\\S+Z \\* +${first.slice(0, 19)} +past-service +operator +allowed +rolled back from ${second.slice(0, 19)}: it was better$`,
      ),
      expect.stringMatching(`^\\S+Z +${second.slice(0, 19)} +past-service +operator +- +-$`),
      expect.stringMatching(`^\\S+Z +${first.slice(0, 19)} +past-service +operator +- +-$`),
    ]);
    const shown = (await run('show', 'past-service')).out.split('\n');
    expect(shown[0]).toMatch(new RegExp(`^past-service: ${first}, of ${spiffeIdFor('past-service')}, since \\S+Z$`));
    expect(shown[2]).toMatch(/^past\.v1\.ShopService\.GetItem +GET \/api\/v1\/past\/\{id\} +none +-$/);
  });

  test('of nobody are told to be none', async () => {
    for (const command of ['show', 'history', 'rollback', 'diff'])
      expect(await run(command, 'nobody')).toMatchObject({
        code: 65,
        err: [expect.stringContaining('nobody has no contract')],
      });
    expect(await run('diff', folder)).toMatchObject({ code: 64, err: [expect.stringContaining('--service')] });
    expect(await run('rollback', 'past-service', 'zz')).toMatchObject({ code: 65 });
  });
});
