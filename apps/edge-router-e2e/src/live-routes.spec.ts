import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import { eventually, startPlatform, type Platform } from '@gateway/testing';
import { ADA, edgeClient, problemOf, type EdgeClient } from './edge-client';
import { grpcCaller, type GrpcCaller } from './grpc-client';
import { compileProto, serveEcho, type TemporaryService } from './temporary-service';

const { RegistryService, Protocol } = registryV1;

// Letters only: a package name may not start with a digit.
const NAME = `t${randomBytes(6).toString('hex').replace(/\d/g, 'x')}`;
const SOURCE = `syntax = "proto3";
package ${NAME}.v1;
import "gateway/v1/policy.proto";
import "google/api/annotations.proto";
service ThingService {
  rpc Open(Thing) returns (Thing) {
    option (google.api.http) = { get: "/api/v1/${NAME}/{id}" };
    option (gateway.v1.policy) = { auth: { mode: NONE } };
  }
  rpc Closed(Thing) returns (Thing) {
    option (google.api.http) = { post: "/api/v1/${NAME}" body: "*" };
  }
}
message Thing { string id = 1; int64 size = 2; repeated string tags = 3; }
`;

let platform: Platform;
let edge: EdgeClient;
let registry: GrpcCaller;
let service: TemporaryService;

beforeAll(async () => {
  platform = await startPlatform({ wsNodes: 0 });
  edge = edgeClient(platform.edges[0]!.url, platform.caFile);
  const identity = await platform.authority.issue(NAME);
  registry = grpcCaller(platform.registry.grpcAddress, identity, platform.caFile);
  service = await serveEcho(compileProto(`${NAME}/v1/thing.proto`, SOURCE), `${NAME}.v1.ThingService`, identity);
});
afterAll(async () => {
  registry?.close();
  await service?.stop();
  await edge?.close();
  await platform?.stop();
});

test('a service with a package name nobody knew registers, and its annotated route answers within a second', async () => {
  problemOf(await edge.call('GET', `/api/v1/${NAME}/7`));
  const instance = { id: 'one', service: NAME, address: service.address, protocol: Protocol.GRPC };
  await registry.unary(RegistryService.method.register, { instance, descriptorSet: service.descriptorSet });
  const answer = await eventually(
    async () => {
      const got = await edge.call('GET', `/api/v1/${NAME}/7?size=12&tags=a&tags=b`);
      expect(got.status).toBe(200);
      return got;
    },
    { within: 1000 },
  );
  expect(answer.body).toEqual({ id: '7', size: '12', tags: ['a', 'b'] });
});

test('what the contract does not open is closed', async () => {
  const json = { id: 'x', size: 3 };
  expect((await edge.call('POST', `/api/v1/${NAME}`, { json })).status).toBe(401);
  const token = await edge.login(...ADA);
  const answer = await edge.call('POST', `/api/v1/${NAME}`, { json, token });
  expect(answer).toMatchObject({ status: 200, body: { id: 'x', size: '3', tags: [] } });
});

test('an instance that stops renewing is gone after its lease: 503, not a hanging call', async () => {
  const lease = { seconds: 1n, nanos: 0 };
  const instance = { id: 'one', service: NAME, address: service.address, protocol: Protocol.GRPC };
  await registry.unary(RegistryService.method.register, { instance, descriptorSet: service.descriptorSet, lease });
  const answer = await eventually(
    async () => {
      const got = await edge.call('GET', `/api/v1/${NAME}/7`);
      expect(got.status).toBe(503);
      return got;
    },
    { within: 15_000 },
  );
  expect(problemOf(answer).code).toBe('GW_NO_INSTANCE');
});

test('no source of the edge or of a library names the demonstration services', () => {
  const pattern =
    '(^|[^.a-z])(auth|project|simulation)\\.v1\\.|(Project|Simulation)Service|(project|simulation)-service';
  const search = (): string =>
    execFileSync(
      'git',
      [
        'grep',
        '-lE',
        pattern,
        '--',
        'apps/edge-router/src',
        'libs/*/src/*.ts',
        ':!*.spec.ts',
        ':!*conformance.ts',
        ':!libs/testing',
      ],
      {
        encoding: 'utf8',
      },
    );
  expect(search).toThrow(expect.objectContaining({ status: 1 }));
});
