import * as grpc from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { service as healthDefinition } from 'grpc-health-check';
import { eventsV1, healthV1 } from '@gateway/contracts';
import { loadIdentity, spiffeIdFor } from '@gateway/mtls';
import { eventually, fakeClock } from '@gateway/testing';
import { HealthRegistry } from '../health';
import { Lifecycle } from '../lifecycle';
import { moduleOf, newAuthority, quietEnvironment, testService, type TestConfig } from '../service.fixture';
import { startService, type RunningService } from '../start';
import { packageDefinitionOf } from './definition';
import { reportOf } from './health-report';
import { grpcListener, type GrpcListener } from './listener';

const { CheckState, Phase, HealthService } = healthV1;

@Controller()
class NoController {}

const authority = await newAuthority();
let running: RunningService<TestConfig>;
let listener: GrpcListener;
let clients: grpc.Client[];
let endDraining: () => void;

beforeEach(async () => {
  clients = [];
  const env = { ...quietEnvironment, GATEWAY_IDENTITY_DIR: await authority.issue('auth-proxy') };
  const definition = testService((service) => {
    listener = grpcListener(service, {
      address: { host: '127.0.0.1', port: 0 },
      services: [{ desc: eventsV1.EventService }],
    });
    service.lifecycle.onDrain(() => new Promise((resolve) => (endDraining = resolve)), 'slow goodbye');
    return moduleOf(NoController);
  });
  running = await startService(definition, env);
});
afterEach(async () => {
  clients.forEach((client) => client.close());
  const stopped = running.stop();
  endDraining();
  await stopped;
});

const methods: grpc.ServiceDefinition = {
  ...packageDefinitionOf([HealthService])[HealthService.typeName],
  ...(healthDefinition as grpc.ServiceDefinition),
};
const Client = grpc.makeGenericClientConstructor(methods, 'Test');

async function call<T>(caller: string, method: string, request: object): Promise<T> {
  const identity = loadIdentity(await authority.issue(caller), { pollMs: 0 });
  const credentials = identity.grpcClientCredentials({ expect: spiffeIdFor('auth-proxy') });
  const client = new Client(`localhost:${listener.address.port}`, credentials, { 'grpc.use_local_subchannel_pool': 1 });
  clients.push(client);
  const unary = (client as unknown as Record<string, (...args: unknown[]) => void>)[method]!;
  return new Promise((resolve, reject) =>
    unary.call(client, request, (error: unknown, answer: T) => (error ? reject(error) : resolve(answer))),
  );
}

const report = (caller: string): Promise<healthV1.ReportResponse> => call(caller, 'Report', {});

test.each(['edge-router', 'operator'])('%s is told the checks of the service, with reasons', async (caller) => {
  running.service.health.add('redis', { required: false }).down('not connected');
  running.service.health.add('journal', { required: true }).ok('in memory');
  const { app, instanceId, version, phase, uptime, checks } = await report(caller);
  expect({ app, instanceId, version, phase }).toEqual({
    app: 'test-service',
    instanceId: running.service.instanceId,
    version: '0.1.0',
    phase: Phase.RUNNING,
  });
  expect(Number(uptime!.seconds) * 1000 + uptime!.nanos / 1e6).toBeGreaterThan(0);
  expect(checks).toMatchObject([
    { name: 'identity', required: false, state: CheckState.OK },
    { name: 'redis', required: false, state: CheckState.DOWN, why: 'not connected' },
    { name: 'journal', required: true, state: CheckState.OK, why: 'in memory' },
  ]);
});

test('nobody else is', async () => {
  await expect(report('ws-node')).rejects.toMatchObject({ code: grpc.status.PERMISSION_DENIED });
});

test('a service that drains says NOT_SERVING and why, while its port still answers', async () => {
  const check = () => call<{ status: string }>('ws-node', 'check', { service: eventsV1.EventService.typeName });
  expect(await check()).toMatchObject({ status: 'SERVING' });
  const stopped = running.stop();
  await eventually(async () => expect(await check()).toMatchObject({ status: 'NOT_SERVING' }));
  expect(await report('operator')).toMatchObject({ phase: Phase.DRAINING });
  endDraining();
  await stopped;
  await expect(check()).rejects.toMatchObject({ code: grpc.status.UNAVAILABLE });
});

test('every phase and state has its word on the wire', async () => {
  const clock = fakeClock();
  const [health, lifecycle] = [new HealthRegistry(clock), new Lifecycle()];
  const check = health.add('disk', { required: true });
  const seen = () => {
    const { phase, checks } = reportOf({ name: 'a', instanceId: 'a-1', health, lifecycle });
    return [phase, checks[0]!.state, Number(checks[0]!.since!.seconds) * 1000];
  };
  expect(seen()).toEqual([Phase.STARTING, CheckState.DOWN, clock.now()]);
  const began = clock.now();
  clock.advance(1000);
  await lifecycle.ready();
  check.degraded('slow');
  expect(seen()).toEqual([Phase.RUNNING, CheckState.DEGRADED, began + 1000]);
  check.ok();
  await lifecycle.drain();
  expect(seen()).toEqual([Phase.DRAINING, CheckState.OK, began + 1000]);
  await lifecycle.stop();
  expect(seen()[0]).toBe(Phase.STOPPING);
});
