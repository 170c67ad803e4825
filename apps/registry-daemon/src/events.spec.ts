import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Client, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { eventsV1 } from '@gateway/contracts';
import { type DomainEvent, redisEventBus } from '@gateway/events';
import { loadIdentity, spiffeIdFor } from '@gateway/mtls';
import { connectRedis } from '@gateway/redis';
import { eventually, startRedis, type TestRedis } from '@gateway/testing';
import { startDaemon, type TestDaemon } from './daemon.fixture';

// Real sockets on a machine that others use too.
jest.setTimeout(30_000);

let redis: TestRedis;
let daemon: TestDaemon;
let client: Client;

beforeAll(async () => {
  redis = await startRedis();
  daemon = await startDaemon({ GATEWAY_REDIS_URL: redis.url, GATEWAY_REDIS_CA_FILE: redis.caFile });
  const identity = loadIdentity(await daemon.authority.issue('simulation-service'), { pollMs: 0 });
  client = new Client(daemon.address, identity.grpcClientCredentials({ expect: spiffeIdFor('registry-daemon') }));
});

afterAll(async () => {
  client.close();
  await daemon.stop();
  await redis.stop();
});

type Answer = eventsV1.PublishResponse | ServiceError;

const publish = (event?: MessageInitShape<typeof eventsV1.EventSchema>): Promise<Answer> =>
  new Promise((resolve) =>
    client.makeUnaryRequest(
      '/gateway.events.v1.EventService/Publish',
      (message: eventsV1.PublishRequest) => Buffer.from(toBinary(eventsV1.PublishRequestSchema, message)),
      (bytes: Buffer) => fromBinary(eventsV1.PublishResponseSchema, bytes),
      create(eventsV1.PublishRequestSchema, { event: event && create(eventsV1.EventSchema, event) }),
      new Metadata(),
      { deadline: Date.now() + 5_000 },
      (error, response) => resolve(error ?? response!),
    ),
  );

test('an event that a service publishes reaches the bus once, however often it is sent', async () => {
  const reader = connectRedis({ url: redis.url, caFile: redis.caFile, clock: systemClock });
  const bus = redisEventBus({ redis: reader, clock: systemClock });
  await bus.ready(5_000);
  const seen: DomainEvent[] = [];
  bus.subscribe('*', (event) => seen.push(event));
  const event = {
    id: 'e-1',
    type: 'simulation_done',
    fields: { simulation_id: 's1' },
    room: 'simulation:s1',
    time: timestampFromMs(5),
  };
  const first = (await publish(event)) as eventsV1.PublishResponse;
  expect(first.duplicate).toBe(false);
  expect(await publish(event)).toMatchObject({ duplicate: true, revision: first.revision });
  await publish({ id: 'e-2', type: 'simulation_done' });
  await eventually(() => expect(seen.map(({ id }) => id)).toEqual(['e-1', 'e-2']));
  expect(seen[0]).toMatchObject({
    origin: 'simulation-service',
    time: '1970-01-01T00:00:00.005Z',
    room: 'simulation:s1',
  });
  await bus.close();
  await reader.close();
});

test('an event that isn’t one is refused, naming the field', async () => {
  expect(await publish()).toMatchObject({ code: status.INVALID_ARGUMENT, details: 'event: is missing' });
  expect(await publish({ id: '', type: 'x' })).toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: expect.stringMatching(/^event\.id: /),
  });
});

test('an event that can’t be confirmed is UNAVAILABLE, to be published again', async () => {
  await redis.kill();
  expect(await publish({ id: 'e-3', type: 'simulation_done' })).toMatchObject({ code: status.UNAVAILABLE });
  await redis.restart();
  await eventually(
    async () => expect(await publish({ id: 'e-3', type: 'simulation_done' })).toHaveProperty('revision'),
    {
      within: 10_000,
    },
  );
});
