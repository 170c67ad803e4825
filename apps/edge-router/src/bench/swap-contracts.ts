import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { descriptorSetOf, digestOf } from '@gateway/contracts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { descriptorSetAt } from '../snapshot/protos/compile-protos';

/** A method has a route for REST and one for RPC clients. */
export const ROUTES_PER_CONTRACT = 20;
const METHODS = ROUTES_PER_CONTRACT / 2;

/** A contract as the registry has it. */
export interface BenchContract {
  readonly service: string;
  readonly digest: string;
  readonly bytes: Uint8Array;
}

/** What a service of a usual size publishes: policies with limits and a cache, rules, lists of messages. */
const source = (name: string, edition: number): string => `syntax = "proto3";
package bench.${name}.v1;
import "buf/validate/validate.proto";
import "gateway/v1/policy.proto";
import "google/api/annotations.proto";
service BenchService {
  option (gateway.v1.service_policy) = { auth: { mode: NONE } timeout: { seconds: 5 } };
${Array.from({ length: METHODS }, (_each, n) => method(name, n)).join('')}}
message Item {
  string id = 1 [(buf.validate.field).string.max_len = 64];
  string name = 2 [(buf.validate.field).string = { min_len: 1 max_len: 200 }];
  repeated string tags = 3 [(buf.validate.field).repeated.max_items = 20];
  map<string, string> labels = 4;
  int32 edition_${edition} = 5;
}
message Request { string id = 1 [(buf.validate.field).string.min_len = 1]; int32 page_size = 2; Item item = 3; }
message Response { repeated Item items = 1; string next_page_token = 2; }
`;

const method = (name: string, n: number): string => `  rpc Get${n}(Request) returns (Response) {
    option (google.api.http) = { get: "/api/v1/${name}/items${n}/{id}" };
    option (gateway.v1.policy) = {
      rate_limits: [{ name: "per-user" requests: 300 window: { seconds: 60 } burst_limit: 50 user_based: true }]
      cache: { mode: POLICY ttl: { seconds: 300 } }
    };
  }
`;

/** So many contracts. @param edition another one has another digest */
export async function contracts(count: number, edition: number): Promise<BenchContract[]> {
  const folder = mkdtempSync(join(tmpdir(), 'swap-bench-'));
  try {
    const names = Array.from({ length: count }, (_each, n) => `s${n}`);
    for (const name of names) writeFileSync(join(folder, `${name}.proto`), source(name, edition));
    const set = fromBinary(FileDescriptorSetSchema, await descriptorSetAt(folder));
    // What services and `gatewayctl contract push` publish has no comments.
    for (const file of set.file) file.sourceCodeInfo = undefined;
    const registry = createFileRegistry(set);
    return names.map((service) => {
      const bytes = descriptorSetOf([registry.getFile(`${service}.proto`)!]);
      return { service, digest: digestOf(bytes), bytes };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
