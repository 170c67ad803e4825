import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { FileRegistry } from '@bufbuild/protobuf';
import { readDescriptorSet } from './descriptor-set';
import { lineOf } from './source-line';
import { lineOfViolation } from './violation';

const BUF = createRequire(import.meta.url).resolve('@bufbuild/buf/bin/buf');
const FILE = 'shop/v1/shop.proto';
/** The first line is 1. */
const SOURCE = `syntax = "proto3";
package shop.v1;
import "gateway/v1/policy.proto";
import "google/api/annotations.proto";
service ShopService {
  option (gateway.v1.service_policy) = {
    cache: { ttl: { seconds: 5 } }
  };
  rpc GetItem(Item) returns (Item) {
    option (google.api.http) = { get: "/api/v1/items/{id}" };
    option (gateway.v1.policy) = {
      auth: { mode: NONE }
      rate_limits: { name: "a" requests: 1 window: { seconds: 1 } }
      rate_limits: {
        name: "b"
      }
    };
  }
  rpc Plain(Item) returns (Item);
}
message Item {
  string id = 1;
  enum Kind {
    KIND_UNSPECIFIED = 0;
  }
  message Part {
    Kind kind = 1;
  }
}
enum Color {
  COLOR_UNSPECIFIED = 0;
}
import "google/protobuf/descriptor.proto";
extend google.protobuf.FieldOptions {
  optional string note = 50001;
}
message Scope {
  extend google.protobuf.FieldOptions {
    optional string inner = 50002;
  }
}
`;

let registry: FileRegistry;
let bare: FileRegistry;

function compile(...more: string[]): FileRegistry {
  const folder = mkdtempSync(join(tmpdir(), 'lines-'));
  try {
    for (const name of ['google', 'gateway']) cpSync(join('protos', name), join(folder, name), { recursive: true });
    mkdirSync(join(folder, 'shop/v1'), { recursive: true });
    writeFileSync(join(folder, FILE), SOURCE);
    writeFileSync(join(folder, 'bare.proto'), 'syntax = "proto3";\nmessage Bare {}\n');
    const output = join(folder, 'set.binpb');
    const args = ['build', folder, '--path', join(folder, FILE), '--path', join(folder, 'bare.proto')];
    execFileSync(process.execPath, [BUF, ...args, '--as-file-descriptor-set', '-o', output, ...more], {
      stdio: 'pipe',
    });
    return readDescriptorSet(readFileSync(output));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

beforeAll(() => {
  registry = compile();
  bare = compile('--exclude-source-info');
});

test.each<[string, number]>([
  ['shop.v1.ShopService', 5],
  ['shop.v1.ShopService.GetItem', 9],
  ['shop.v1.Item', 21],
  ['shop.v1.Item.id', 22],
  ['shop.v1.Item.Kind', 23],
  ['shop.v1.Item.Kind.KIND_UNSPECIFIED', 24],
  ['shop.v1.Item.Part.kind', 27],
  ['shop.v1.Color', 30],
  ['shop.v1.Color.COLOR_UNSPECIFIED', 31],
  ['shop.v1.note', 35],
  ['shop.v1.Scope.inner', 39],
  // Gone: what it was in.
  ['shop.v1.Item.title', 21],
  ['shop.v1.ShopService.Drop', 5],
])('%s is on line %d', (symbol, line) => {
  expect(lineOf(registry, { file: FILE, symbol })).toBe(line);
});

test('a name without a package is found too', () => {
  expect(lineOf(registry, { file: 'bare.proto', symbol: 'Bare' })).toBe(2);
});

test.each<[string, string, number]>([
  ['auth.mode', 'shop.v1.ShopService.GetItem', 12],
  ['rate_limits[1].requests', 'shop.v1.ShopService.GetItem', 14],
  ['rate_limits', 'shop.v1.ShopService.GetItem', 13],
  ['cache.ttl', 'shop.v1.ShopService.GetItem', 7],
  ['cache.ttl', 'shop.v1.ShopService.Plain', 7],
  ['timeout', 'shop.v1.ShopService.GetItem', 11],
  ['unknown.thing', 'shop.v1.ShopService.GetItem', 11],
  ['timeout', 'shop.v1.ShopService.Plain', 19],
  ['timeout', 'shop.v1.ShopService', 5],
])('the policy’s %s of %s is on line %d', (field, symbol, line) => {
  expect(lineOfViolation(registry, { rule: 'policy', place: { file: FILE, symbol, field } })).toBe(line);
});

test('a route is where its annotation is', () => {
  const place = (name: string) => ({ file: FILE, symbol: `shop.v1.ShopService.${name}` });
  expect(lineOfViolation(registry, { rule: 'binding', place: place('GetItem') })).toBe(10);
  expect(lineOfViolation(registry, { rule: 'ROUTE_NO_DELETE', place: place('Plain') })).toBe(19);
  expect(lineOfViolation(registry, { rule: 'RPC_SAME_REQUEST_TYPE', place: place('GetItem') })).toBe(9);
});

test('what isn’t there has no line', () => {
  expect(lineOf(registry, { file: FILE, symbol: 'other.v1.Thing' })).toBeUndefined();
  expect(lineOf(registry, { file: FILE, symbol: '' })).toBeUndefined();
  expect(lineOf(registry, { file: 'other.proto', symbol: 'shop.v1.Item' })).toBeUndefined();
  expect(lineOfViolation(bare, { rule: 'policy', place: { file: FILE, symbol: 'shop.v1.Item' } })).toBe(0);
});
