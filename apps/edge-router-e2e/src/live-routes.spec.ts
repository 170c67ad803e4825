import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import { eventually, startPlatform, type Platform } from '@gateway/testing';
import { ADA, edgeClient, problemOf, type EdgeClient } from './edge-client';
import { grpcCaller, type GrpcCaller } from './grpc-client';
import { connectRoomClient } from './socket-client';
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

/** Agreed on before anybody serves it. */
const SOON = `${NAME}soon`;
const SOON_SOURCE = `syntax = "proto3";
package ${SOON}.v1;
import "buf/validate/validate.proto";
import "gateway/v1/policy.proto";
import "google/api/annotations.proto";
service SoonService {
  option (gateway.v1.service_policy) = { auth: { mode: NONE } mock: WHEN_UNAVAILABLE };
  rpc Open(Thing) returns (Thing) { option (google.api.http) = { get: "/api/v1/${SOON}/open/{id}" }; }
  rpc Closed(Thing) returns (Thing) {
    option (google.api.http) = { get: "/api/v1/${SOON}/closed/{id}" };
    option (gateway.v1.policy) = { auth: { mode: REQUIRED } };
  }
  rpc Few(Thing) returns (Thing) {
    option (google.api.http) = { get: "/api/v1/${SOON}/few/{id}" };
    option (gateway.v1.policy) = { rate_limits: { name: "few" requests: 1 window: { seconds: 60 } by: "ip" } };
  }
}
message Thing { string id = 1 [(buf.validate.field).string.max_len = 5]; int64 size = 2; }
`;

let platform: Platform;
let edge: EdgeClient;
let other: EdgeClient;
let registry: GrpcCaller;
let service: TemporaryService;

beforeAll(async () => {
  platform = await startPlatform({ wsNodes: 1, edges: 2 });
  edge = edgeClient(platform.edges[0]!.url, platform.caFile);
  other = edgeClient(platform.edges[1]!.url, platform.caFile);
  const identity = await platform.authority.issue(NAME);
  registry = grpcCaller(platform.registry.grpcAddress, identity, platform.caFile);
  service = await serveEcho(compileProto(`${NAME}/v1/thing.proto`, SOURCE), `${NAME}.v1.ThingService`, identity);
});
afterAll(async () => {
  registry?.close();
  await service?.stop();
  await edge?.close();
  await other?.close();
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

test('what nobody serves yet is answered from its contract, by the service once it is there, and by nobody when it died', async () => {
  const identity = await platform.authority.issue(SOON);
  const caller = grpcCaller(platform.registry.grpcAddress, identity, platform.caFile);
  const descriptorSet = compileProto(`${SOON}/v1/soon.proto`, SOON_SOURCE);
  const soon = await serveEcho(descriptorSet, `${SOON}.v1.SoonService`, identity);
  const get = (path: string) => edge.call('GET', `/api/v1/${SOON}/${path}`);
  try {
    await caller.unary(RegistryService.method.publishContract, { service: SOON, descriptorSet });
    const mocked = await eventually(async () => {
      const got = await get('open/7');
      expect(got.status).toBe(200);
      return got;
    });
    expect(mocked.headers['x-mock']).toBe('contract');
    expect(mocked.body).toMatchObject({ id: '7', size: expect.stringMatching(/^[1-9]\d*$/) });
    expect((await get('open/too-long')).status).toBe(400);
    expect((await get('closed/7')).status).toBe(401);
    expect([(await get('few/7')).status, (await get('few/7')).status]).toEqual([200, 429]);
    const instance = { id: 'one', service: SOON, address: soon.address, protocol: Protocol.GRPC };
    const { leaseId } = await caller.unary(RegistryService.method.register, { instance, descriptorSet });
    const real = await eventually(
      async () => {
        const got = await get('open/7');
        expect(got.headers['x-mock']).toBeUndefined();
        return got;
      },
      { within: 1000 },
    );
    expect(real).toMatchObject({ status: 200, body: { id: '7', size: '0' } });
    await soon.stop();
    await caller.unary(RegistryService.method.deregister, { leaseId });
    await eventually(async () => expect(problemOf(await get('open/7')).code).toBe('GW_NO_INSTANCE'));
  } finally {
    caller.close();
    await soon.stop();
  }
});

/** Contracts that are swapped while calls are under way; each takes a compiler's run. */
const SWAPS = 5;

test('contracts that are swapped under load are live at every edge within a second, fail no request and cut no socket', async () => {
  const path = `/api/v1/${NAME}/7`;
  const more = (n: number): string => `  rpc More${n}(Thing) returns (Thing) {
    option (google.api.http) = { get: "/api/v1/${NAME}/more${n}/{id}" };
    option (gateway.v1.policy) = { auth: { mode: NONE } };
  }
`;
  const versions = Array.from({ length: SWAPS }, (_each, swap) => {
    const methods = Array.from({ length: swap + 1 }, (_method, n) => more(n)).join('');
    return compileProto(`${NAME}/v1/thing.proto`, SOURCE.replace('  rpc Closed', `${methods}  rpc Closed`));
  });
  const instance = { id: 'one', service: NAME, address: service.address, protocol: Protocol.GRPC };
  const lease = { seconds: 60n, nanos: 0 };
  await registry.unary(RegistryService.method.register, { instance, descriptorSet: service.descriptorSet, lease });
  await eventually(async () => expect((await edge.call('GET', path)).status).toBe(200));
  const client = await connectRoomClient(platform.edges[0]!.url, platform.caFile, await edge.login(...ADA));
  let disconnects = 0;
  client.socket.on('disconnect', () => disconnects++);

  const statuses: number[] = [];
  let isOver = false;
  const load = Array.from({ length: 4 }, async () => {
    while (!isOver) statuses.push((await edge.call('GET', path)).status);
  });
  const liveAfter: number[] = [];
  for (const [swap, descriptorSet] of versions.entries()) {
    const began = performance.now();
    await registry.unary(RegistryService.method.publishContract, { service: NAME, descriptorSet });
    // Routed, but the one instance doesn't serve it.
    const isLive = async (each: EdgeClient) =>
      expect((await each.call('GET', `/api/v1/${NAME}/more${swap}/7`)).status).toBe(503);
    await Promise.all([edge, other].map((each) => eventually(() => isLive(each), { within: 15_000, every: 5 })));
    liveAfter.push(Math.round(performance.now() - began));
  }
  isOver = true;
  await Promise.all(load);
  console.log(`live at both edges after ${liveAfter.join(', ')} ms; ${statuses.length} calls meanwhile`);
  // One of them may have met a pause of the machine.
  expect(liveAfter.sort((a, b) => a - b)[SWAPS >> 1]).toBeLessThan(1000);
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
  expect(statuses.length).toBeGreaterThan(SWAPS);
  expect([disconnects, client.socket.connected]).toEqual([0, true]);
  client.close();
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
