import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  Edition,
  FeatureSet_JsonFormat,
  file_google_protobuf_descriptor,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CompiledContract, compileContract } from '../compile';
import { contractFixture, type MethodFixture } from '../contract.fixture';
import { AuthPolicy_Mode } from '../gen/gateway/v1/policy_pb';
import { contractChanges } from './contract-changes';
import { schemaPairs } from './schemas.fixture';

const BUF = createRequire(import.meta.url).resolve('@bufbuild/buf/bin/buf');

function compileSource(source: string): CompiledContract {
  const folder = mkdtempSync(join(tmpdir(), 'changes-'));
  try {
    mkdirSync(join(folder, 'shop/v1'), { recursive: true });
    writeFileSync(join(folder, 'shop/v1/shop.proto'), source);
    const output = join(folder, 'set.binpb');
    execFileSync(process.execPath, [BUF, 'build', folder, '--as-file-descriptor-set', '-o', output], { stdio: 'pipe' });
    return compileContract(readFileSync(output));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const linesOf = (before: CompiledContract, after: CompiledContract): string[] =>
  contractChanges(before, after).map(
    ({ kind, element, file, rule, detail }) => `${kind} ${element || file} ${rule ?? 'fine'}: ${detail}`,
  );

const BEFORE = `syntax = "proto2";
package shop.v1;
service ShopService {
  rpc Get(Item) returns (Item) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc List(Item) returns (Item);
  rpc Drop(Item) returns (Item);
}
message Item {
  reserved 90 to 99, 110;
  reserved "older";
  required string id = 1;
  optional string title = 2 [default = "none"];
  optional string gone = 3;
  optional string kept = 4;
  repeated string tags = 5;
  map<string, int32> counts = 6;
  map<string, Color> colors = 7;
  map<string, Size> sizes = 8;
  oneof price { int32 cents = 9; }
  optional group Box = 10 { optional int32 width = 1; }
  optional int64 stock = 11;
  optional bytes hash = 12 [default = "a"];
  optional Color color = 13 [default = RED];
}
message Size { optional int32 width = 1; }
enum Color { option allow_alias = true; RED = 0; BLUE = 1; AZURE = 1; GREEN = 2; GRAY = 3; reserved 50 to 60; }
message Alone { optional string a = 1; }
`;
const AFTER = `syntax = "proto2";
package shop.v1;
service ShopService {
  rpc Get(Item) returns (stream Size);
  rpc List(stream Size) returns (Item);
  rpc Put(Item) returns (Item);
}
message Item {
  reserved 90 to 95, 4;
  reserved "kept";
  optional string id = 1;
  optional string name = 2 [default = "some"];
  optional string tags = 5;
  map<int32, int64> counts = 6;
  map<string, string> colors = 7;
  map<string, Item> sizes = 8;
  optional int32 cents = 9;
  optional Box box = 10;
  message Box { optional int32 width = 1; }
  optional uint64 stock = 11;
  optional bytes hash = 12 [default = "b"];
  optional Color color = 13 [default = BLUE];
  required string sku = 14;
}
message Size { optional int32 width = 1; optional int32 height = 2; }
enum Color { RED = 0; BLUE = 1; SILVER = 4; reserved 3; reserved "GRAY"; }
`;

test('every difference of methods and types is told, what breaks first', () => {
  expect(linesOf(compileSource(BEFORE), compileSource(AFTER))).toEqual([
    'changed shop.v1.ShopService.Get RPC_SAME_RESPONSE_TYPE: its response was shop.v1.Item and is shop.v1.Size',
    'changed shop.v1.ShopService.Get RPC_SAME_SERVER_STREAMING: its response stream was off and is on',
    'changed shop.v1.ShopService.Get RPC_SAME_IDEMPOTENCY_LEVEL: its idempotency level was NO_SIDE_EFFECTS and is IDEMPOTENCY_UNKNOWN',
    'changed shop.v1.ShopService.List RPC_SAME_REQUEST_TYPE: its request was shop.v1.Item and is shop.v1.Size',
    'changed shop.v1.ShopService.List RPC_SAME_CLIENT_STREAMING: its request stream was off and is on',
    'removed shop.v1.ShopService.Drop RPC_NO_DELETE: the method is gone',
    'changed shop.v1.Item.id FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY: its cardinality was required and is optional',
    'changed shop.v1.Item.name FIELD_SAME_NAME: its name was title and is name',
    'changed shop.v1.Item.name FIELD_SAME_JSON_NAME: its JSON name was title and is name',
    'changed shop.v1.Item.name FIELD_SAME_DEFAULT: its default was "none" and is "some"',
    "removed shop.v1.Item.gone FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED: the field is gone, and its number 3 isn't reserved",
    "removed shop.v1.Item.gone FIELD_NO_DELETE_UNLESS_NAME_RESERVED: the field is gone, and its name isn't reserved",
    'changed shop.v1.Item.tags FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY: its cardinality was repeated and is optional',
    'changed shop.v1.Item.counts FIELD_WIRE_JSON_COMPATIBLE_TYPE: its type of keys was string and is int32',
    'changed shop.v1.Item.counts FIELD_WIRE_JSON_COMPATIBLE_TYPE: its type of values was int32 and is int64',
    'changed shop.v1.Item.colors FIELD_WIRE_JSON_COMPATIBLE_TYPE: its type of values was shop.v1.Color and is string',
    'changed shop.v1.Item.sizes FIELD_WIRE_JSON_COMPATIBLE_TYPE: its type of values was shop.v1.Size and is shop.v1.Item',
    'changed shop.v1.Item.cents FIELD_SAME_ONEOF: its oneof was price and is none',
    'changed shop.v1.Item.box FIELD_WIRE_JSON_COMPATIBLE_TYPE: its type was group shop.v1.Item.Box and is shop.v1.Item.Box',
    'changed shop.v1.Item.hash FIELD_SAME_DEFAULT: its default was 61 and is 62',
    'changed shop.v1.Item.color FIELD_SAME_DEFAULT: its default was zero and is 1',
    'changed shop.v1.Item.id MESSAGE_SAME_REQUIRED_FIELDS: the field was required and is not',
    'changed shop.v1.Item.sku MESSAGE_SAME_REQUIRED_FIELDS: the field is required and was not',
    'removed shop.v1.Item RESERVED_MESSAGE_NO_DELETE: not all of the numbers 90 to 99 are reserved any more',
    'removed shop.v1.Item RESERVED_MESSAGE_NO_DELETE: not all of the numbers 110 to 110 are reserved any more',
    'removed shop.v1.Item RESERVED_MESSAGE_NO_DELETE: the name "older" is not reserved any more',
    'changed shop.v1.Color.BLUE ENUM_VALUE_SAME_NAME: the value 1 was named BLUE, AZURE and is named BLUE',
    "removed shop.v1.Color.GREEN ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED: the value 2 is gone, and its number isn't reserved",
    'removed shop.v1.Color.GREEN ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED: the value 2 is gone, and its name "GREEN" isn\'t reserved',
    'removed shop.v1.Color RESERVED_ENUM_NO_DELETE: not all of the numbers 50 to 60 are reserved any more',
    'added shop.v1.ShopService.Put fine: the method',
    'removed shop.v1.Item.kept fine: the field is gone and reserved',
    'added shop.v1.Item.sku fine: a field of type string',
    'added shop.v1.Size.height fine: a field of type int32',
    'removed shop.v1.Color.GRAY fine: the value is gone and reserved',
    'added shop.v1.Color.SILVER fine: the value 4',
  ]);
});

describe('of routes', () => {
  const changesOf = (before: MethodFixture, after: MethodFixture): string[] =>
    linesOf(compileContract(contractFixture([before])), compileContract(contractFixture([after])));
  const get = (path: string, ...more: string[]): MethodFixture => ({
    name: 'Get',
    http: {
      pattern: { case: 'get', value: path },
      additionalBindings: more.map((value) => ({ pattern: { case: 'get', value } })),
    },
  });
  const post = (body: string, responseBody = ''): MethodFixture => ({
    name: 'Get',
    http: { pattern: { case: 'post', value: '/v1/items' }, body, responseBody },
  });
  const any: MethodFixture = {
    name: 'Get',
    http: { pattern: { case: 'custom', value: { kind: '*', path: '/v1/{id}' } } },
  };

  test.each<[string, MethodFixture, MethodFixture, string[]]>([
    ['one that is written otherwise is the same', get('/v1/{id}'), get('/v1/{id=*}'), []],
    ['one more breaks nothing', get('/v1/{id}'), get('/v1/{id}', '/v2/{id}'), ['added fine: the route GET /v2/{id}']],
    [
      'another path is one that is gone',
      get('/v1/{id}'),
      get('/v1/items/{id}'),
      ['removed ROUTE_NO_DELETE: the route GET /v1/{id} is gone', 'added fine: the route GET /v1/items/{id}'],
    ],
    [
      'another verb is one that is gone',
      post(''),
      get('/v1/items'),
      ['removed ROUTE_NO_DELETE: the route POST /v1/items is gone', 'added fine: the route GET /v1/items'],
    ],
    ['every verb includes the one that was', get('/v1/{id}'), any, ['added fine: the route * /v1/{id}']],
    ['one verb is less than every', any, get('/v1/{id}'), ['removed ROUTE_NO_DELETE: the route * /v1/{id} is gone']],
    [
      'a variable that fills another field breaks',
      get('/v1/{id}'),
      get('/v1/{name}'),
      ['changed ROUTE_SAME_VARIABLES: the route GET /v1/{id} fills other fields: /v1/{name}'],
    ],
    [
      'another body breaks',
      post('*'),
      post('item'),
      ['changed ROUTE_SAME_BODY: the route POST /v1/items had body "*", body "item" now'],
    ],
    [
      'another body of the answer breaks',
      post('*'),
      post('*', 'title'),
      ['changed ROUTE_SAME_BODY: the route POST /v1/items had body "*", body "*" and response_body "title" now'],
    ],
    [
      'none any more breaks',
      get('/v1/{id}'),
      { name: 'Get' },
      ['removed ROUTE_NO_DELETE: the route GET /v1/{id} is gone'],
    ],
  ])('%s', (_what, before, after, expected) => {
    expect(changesOf(before, after)).toEqual(expected.map((line) => line.replace(' ', ' demo.v1.DemoService.Get ')));
  });

  test('a method that goes takes its routes along, and a new one brings its own', () => {
    expect(changesOf(get('/v1/{id}'), { ...get('/v1/{id}'), name: 'Find' })).toEqual([
      'removed demo.v1.DemoService.Get RPC_NO_DELETE: the method with GET /v1/{id} is gone',
      'added demo.v1.DemoService.Find fine: the method with GET /v1/{id}',
    ]);
  });
});

describe('of policies', () => {
  const withPolicy = (policy: MethodFixture['policy']): CompiledContract =>
    compileContract(contractFixture([{ name: 'Get', policy }]));
  const { NONE, OPTIONAL, REQUIRED } = AuthPolicy_Mode;

  test.each<[string, MethodFixture['policy'], MethodFixture['policy'], string]>([
    [
      'who may call',
      { auth: { mode: NONE } },
      { auth: { mode: REQUIRED } },
      'changed: policy.auth: {"mode":"NONE"} -> {"mode":"REQUIRED"} (stricter)',
    ],
    [
      'what is closed when nothing is said',
      { auth: { mode: OPTIONAL } },
      {},
      'removed: policy.auth: {"mode":"OPTIONAL"} -> none (stricter)',
    ],
    [
      'a scope more',
      { auth: { mode: REQUIRED } },
      { auth: { mode: REQUIRED, scopes: ['a'] } },
      'changed: policy.auth: {"mode":"REQUIRED"} -> {"mode":"REQUIRED","scopes":["a"]} (stricter)',
    ],
    [
      'a permission less',
      { auth: { permission: 'a' } },
      { auth: {} },
      'changed: policy.auth: {"permission":"a"} -> {}',
    ],
    ['what is new', {}, { maxBodyBytes: 5n }, 'added: policy.max_body_bytes: none -> "5"'],
  ])('%s is told, and breaks nothing', (_what, before, after, expected) => {
    expect(linesOf(withPolicy(before), withPolicy(after))).toEqual([
      expected.replace(':', ' demo.v1.DemoService.Get fine:'),
    ]);
  });
});

/** The contract of descriptors, with the service `S` in the last of the files. */
const setOf = (...file: MessageInitShape<typeof FileDescriptorSetSchema>['file'] & object): CompiledContract =>
  compileContract(toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file })));

test('a package that moves is told of its file', () => {
  const set = (name: string): CompiledContract =>
    setOf({
      ...{ name: 'thing.proto', package: name, syntax: 'proto3', messageType: [{ name: 'Thing' }] },
      service: [{ name: 'S', method: [{ name: 'Get', inputType: `.${name}.Thing`, outputType: `.${name}.Thing` }] }],
    });
  expect(linesOf(set('one.v1'), set('two.v1'))).toEqual([
    'removed one.v1.S.Get RPC_NO_DELETE: the method is gone',
    'changed thing.proto FILE_SAME_PACKAGE: its package was one.v1 and is two.v1',
    'added two.v1.S.Get fine: the method',
  ]);
});

test('extensions are told by what they extend and their number, options among them', () => {
  const schema = (ranges: string, rest: string): CompiledContract =>
    compileSource(`syntax = "proto2";
      package shop.v1;
      import "google/protobuf/descriptor.proto";
      service ShopService { rpc Get(Item) returns (Item); }
      message Item { extensions ${ranges}; }
      ${rest}`);
  const before = schema(
    '100 to 119, 130 to 139',
    `message Scope { extend Item { optional int32 moved = 100; } }
    extend Item {
      optional string note = 101;
      optional string title = 102;
      optional string state = 103 [default = "new"];
      repeated string tags = 104;
      optional int32 gone = 105;
      optional Kind kind = 106;
    }
    enum Kind { SMALL = 0; LARGE = 1; }
    extend google.protobuf.FieldOptions { optional string unit = 50001; optional string hint = 50002; }`,
  );
  const after = schema(
    '100 to 109, 110 to 119, 130 to 134',
    `extend Item {
      optional int32 moved = 100;
      optional int32 note = 101;
      optional string name = 102;
      optional string state = 103 [default = "old"];
      optional string tags = 104;
      optional Kind kind = 106;
      optional Kind second = 107;
    }
    enum Kind { SMALL = 0; }
    extend google.protobuf.FieldOptions { optional bool unit = 50001; }`,
  );
  expect(linesOf(before, after)).toEqual([
    'removed shop.v1.Item EXTENSION_MESSAGE_NO_DELETE: not all of the numbers 130 to 139 may be extended any more',
    "removed shop.v1.Kind.LARGE ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED: the value 1 is gone, and its number isn't reserved",
    'removed shop.v1.Kind.LARGE ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED: the value 1 is gone, and its name "LARGE" isn\'t reserved',
    'changed shop.v1.note FIELD_WIRE_JSON_COMPATIBLE_TYPE: its type was string and is int32',
    'changed shop.v1.name FIELD_SAME_NAME: its name was shop.v1.title and is shop.v1.name',
    'changed shop.v1.state FIELD_SAME_DEFAULT: its default was "new" and is "old"',
    'changed shop.v1.tags FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY: its cardinality was repeated and is optional',
    'removed shop.v1.gone EXTENSION_NO_DELETE: the extension 105 of shop.v1.Item is gone',
    'changed shop.v1.moved FIELD_SAME_NAME: its name was shop.v1.Scope.moved and is shop.v1.moved',
    'changed shop.v1.unit FIELD_WIRE_JSON_COMPATIBLE_TYPE: its type was string and is bool',
    'removed shop.v1.hint EXTENSION_NO_DELETE: the extension 50002 of google.protobuf.FieldOptions is gone',
    'added shop.v1.second fine: the extension 107 of shop.v1.Item, of type shop.v1.Kind',
  ]);
});

test('what others’ files extend a message with travels with it, with the types it holds; their options don’t', () => {
  const set = (name: string, type: number): CompiledContract => {
    const field = (own: string, number: number) => ({ name: own, number, label: 1, type });
    return setOf(
      file_google_protobuf_descriptor.proto,
      {
        ...{ name: 'a.proto', package: 'a.v1', syntax: 'proto2' },
        messageType: [{ name: 'A', extensionRange: [{ start: 10, end: 20 }] }],
        service: [{ name: 'S' }],
      },
      {
        ...{ name: 'o.proto', package: 'o.v1', syntax: 'proto2' },
        dependency: ['a.proto', 'google/protobuf/descriptor.proto'],
        messageType: [
          { name: 'Held', field: [{ ...field(name, 1), type: 9 }] },
          { name: 'Other', field: [{ ...field(name, 1), type: 9 }] },
        ],
        extension: [
          { ...field('held', 10), type: 11, typeName: '.o.v1.Held', extendee: '.a.v1.A' },
          { ...field('plain', 11), extendee: '.a.v1.A' },
          { ...field('option', 50_001), extendee: '.google.protobuf.FieldOptions' },
        ],
      },
    );
  };
  expect(linesOf(set('one', 9), set('two', 5))).toEqual([
    'changed o.v1.Held.two FIELD_SAME_NAME: its name was one and is two',
    'changed o.v1.plain FIELD_WIRE_JSON_COMPATIBLE_TYPE: its type was string and is int32',
  ]);
});

test('what is merely imported may change', () => {
  const set = (name: string): CompiledContract => {
    const messageType = [{ name: 'O', field: [{ name, number: 1, label: 1, type: 9 }] }];
    return setOf(
      { name: 'o.proto', package: 'o.v1', syntax: 'proto3', messageType },
      { name: 'a.proto', package: 'a.v1', syntax: 'proto3', dependency: ['o.proto'], service: [{ name: 'S' }] },
    );
  };
  expect(linesOf(set('one'), set('two'))).toEqual([]);
});

test('JSON that editions cease to guarantee is told', () => {
  const format = (jsonFormat?: FeatureSet_JsonFormat) =>
    jsonFormat === undefined ? {} : { options: { features: { jsonFormat } } };
  const set = (ofFile?: FeatureSet_JsonFormat, ofMessage?: FeatureSet_JsonFormat): CompiledContract =>
    setOf({
      ...{
        name: 'a.proto',
        package: 'a.v1',
        syntax: 'editions',
        edition: Edition.EDITION_2023,
        service: [{ name: 'S' }],
      },
      ...format(ofFile),
      messageType: [{ name: 'Outer', ...format(ofMessage), nestedType: [{ name: 'Inner' }] }],
    });
  const { ALLOW, LEGACY_BEST_EFFORT: LEGACY } = FeatureSet_JsonFormat;
  const lost = (name: string): string =>
    `changed a.v1.${name} MESSAGE_SAME_JSON_FORMAT: its JSON is not guaranteed any more`;
  expect(linesOf(set(), set(LEGACY))).toEqual([lost('Outer'), lost('Outer.Inner')]);
  expect(linesOf(set(ALLOW), set(ALLOW, LEGACY))).toEqual([lost('Outer'), lost('Outer.Inner')]);
  expect(linesOf(set(), set(LEGACY, ALLOW))).toEqual([]);
});

test('nothing differs from itself', () => {
  fc.assert(
    fc.property(schemaPairs(20), ({ before }) => {
      const contract = compileContract(toBinary(FileDescriptorSetSchema, before));
      expect(contractChanges(contract, contract)).toEqual([]);
    }),
    { numRuns: 8 },
  );
});
