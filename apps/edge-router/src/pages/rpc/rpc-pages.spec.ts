import { create, createFileRegistry, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { authV1, descriptorSetOf, grpcHealthV1, policy, ReflectedFiles, reflectionV1 } from '@gateway/contracts';
import { GrpcStatus } from '@gateway/errors';
import { fakeClock } from '@gateway/testing';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DEFAULT_LIMITS } from '../../engine/limits';
import { contextOf, grpcRoute, rpcRoute } from '../../pipeline.fixture';
import type { Route } from '../../pipeline/route';
import { ExposedServices } from './exposed-services';
import { OpenCalls } from './open-calls';
import { LOOK_MS, REMIND_MS, ServiceHealth } from './service-health';
import { shownFile } from './shown-file';

const { HealthCheckRequestSchema, HealthCheckResponseSchema } = grpcHealthV1;
const Serving = grpcHealthV1.HealthCheckResponse_ServingStatus;
const { AuthProxyService } = authV1;
const AUTH = AuthProxyService.typeName;

/** An edge's health, by a clock and by facts that a test changes. */
function healthOf(routes: readonly Route[] = [rpcRoute()]) {
  const clock = fakeClock();
  const state = { snapshot: { routes }, ready: true, served: true };
  const health = new ServiceHealth({
    clock,
    exposed: new ExposedServices(() => state.snapshot),
    isReady: () => state.ready,
    isServed: () => state.served,
  });
  const calls = new OpenCalls(clock, 2);
  const open = calls.opener((call) => health.watch(call), { headAtOnce: false });
  const watch = (service: string) => {
    const stream = open(contextOf());
    stream.send(toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema, { service })));
    stream.end();
    const messages = stream.messages[Symbol.asyncIterator]();
    const next = async () => fromBinary(HealthCheckResponseSchema, (await messages.next()).value as Buffer).status;
    return { stream, messages, next };
  };
  const check = (service: string) =>
    (health.check(create(HealthCheckRequestSchema, { service })) as grpcHealthV1.HealthCheckResponse).status;
  return { clock, state, health, calls, watch, check };
}

const later = () => new Promise((resolve) => setImmediate(resolve));

test('a service serves while a method of it does, at an edge that is ready', () => {
  const { state, check } = healthOf();
  expect([check(''), check(AUTH)]).toEqual([Serving.SERVING, Serving.SERVING]);
  state.served = false;
  expect([check(''), check(AUTH)]).toEqual([Serving.SERVING, Serving.NOT_SERVING]);
  Object.assign(state, { served: true, ready: false });
  expect([check(''), check(AUTH)]).toEqual([Serving.NOT_SERVING, Serving.NOT_SERVING]);
});

test('a service that only REST clients reach is none to RPC clients, until it is another snapshot', () => {
  const { state, check } = healthOf([grpcRoute()]);
  expect(() => check(AUTH)).toThrow(expect.objectContaining({ code: 'GW_NOT_FOUND' }));
  state.snapshot = { routes: [grpcRoute(), rpcRoute()] };
  expect(check(AUTH)).toBe(Serving.SERVING);
});

test('who watches is told what changed, once, when somebody looks or has a look taken', async () => {
  const { clock, state, health, watch } = healthOf([]);
  const { stream, next } = watch(AUTH);
  expect(await next()).toBe(Serving.SERVICE_UNKNOWN);
  const served = next();
  await later();
  clock.advance(LOOK_MS);
  state.snapshot = { routes: [rpcRoute()] };
  clock.advance(LOOK_MS);
  expect(await served).toBe(Serving.SERVING);
  const unready = next();
  await later();
  state.ready = false;
  health.look();
  expect(await unready).toBe(Serving.NOT_SERVING);
  stream.cancel();
});

test('who watches is told the same again before its stream is taken for dead', async () => {
  const { clock, watch } = healthOf();
  const { stream, next } = watch('');
  expect(await next()).toBe(Serving.SERVING);
  let isTold = false;
  const again = next().then((status) => {
    isTold = true;
    return status;
  });
  await later();
  clock.advance(REMIND_MS - LOOK_MS);
  await later();
  expect(isTold).toBe(false);
  clock.advance(LOOK_MS);
  expect(await again).toBe(Serving.SERVING);
  expect(REMIND_MS).toBeLessThan(DEFAULT_LIMITS.streamIdleMs / 2);
  stream.cancel();
});

test('nobody looks for those who have left, whether they were waiting or had something to take', async () => {
  const { clock, watch } = healthOf();
  const [waiting, silent] = [watch(''), watch(AUTH)];
  await waiting.next();
  const next = expect(waiting.messages.next()).rejects.toMatchObject({ status: GrpcStatus.CANCELLED });
  await later();
  expect(clock.pending).toBe(1);
  waiting.stream.cancel();
  await next;
  expect(clock.pending).toBe(1);
  silent.stream.cancel();
  await later();
  expect(clock.pending).toBe(0);
});

test('streams of the gateway itself are so many, and end with it: after the last word, and no more begin', async () => {
  const { state, calls, watch } = healthOf();
  const [one, other] = [watch(''), watch('')];
  expect(() => watch('')).toThrow(expect.objectContaining({ code: 'GW_OVERLOADED' }));
  other.stream.cancel();
  const another = watch('nope');
  expect([await one.next(), await another.next()]).toEqual([Serving.SERVING, Serving.SERVICE_UNKNOWN]);
  const said = one.next();
  const ended = expect(another.messages.next()).rejects.toMatchObject({ status: GrpcStatus.UNAVAILABLE });
  await later();
  state.ready = false;
  calls.endAll();
  expect(await said).toBe(Serving.NOT_SERVING);
  await expect(one.messages.next()).rejects.toMatchObject({ status: GrpcStatus.UNAVAILABLE });
  await ended;
  expect(() => watch('')).toThrow(expect.objectContaining({ code: 'GW_DRAINING' }));
});

type Question = MessageInitShape<typeof reflectionV1.ServerReflectionRequestSchema>['messageRequest'];

const questions: fc.Arbitrary<Question> = fc.oneof(
  fc.record({
    case: fc.constantFrom(
      'fileByFilename',
      'fileContainingSymbol',
      'allExtensionNumbersOfType',
      'listServices',
    ) as fc.Arbitrary<'listServices'>,
    value: fc.oneof(fc.string(), fc.constantFrom('__proto__', '.', AUTH, `.${AUTH}.Authenticate`, `${AUTH}.Nope`)),
  }),
  fc.record({
    case: fc.constant('fileContainingExtension' as const),
    value: fc.record({ containingType: fc.string(), extensionNumber: fc.integer() }),
  }),
);

test('whatever is asked of reflection has an answer, and none names what is not exposed', () => {
  const { checkPermission } = AuthProxyService.method;
  const files = new ReflectedFiles([AuthProxyService], shownFile(new Set([checkPermission])));
  const hidden = AuthProxyService.methods.filter((method) => method !== checkPermission);
  expect(hidden.length).toBeGreaterThan(0);
  const asked = hidden.map(({ name }) => `${AUTH}.${name}`);
  const ask = (messageRequest: Question) =>
    files.answer(create(reflectionV1.ServerReflectionRequestSchema, { messageRequest }).messageRequest);
  for (const value of asked)
    expect(ask({ case: 'fileContainingSymbol', value })).toMatchObject({ value: { errorCode: GrpcStatus.NOT_FOUND } });
  expect(ask({ case: 'fileContainingSymbol', value: `${AUTH}.${checkPermission.name}` }).case).toBe(
    'fileDescriptorResponse',
  );
  fc.assert(fc.property(questions, (question) => expect(ask(question).case).toBeDefined()));
});

const POLICIES = policy.file.proto.name;
const ROUTE_POLICY = '.gateway.v1.RoutePolicy';
const field = { name: 'f', number: 100 };

test.each<[string, MessageInitShape<typeof FileDescriptorProtoSchema>, boolean]>([
  ['nothing but options', { messageType: [{ name: 'M', field: [{ ...field, type: Type.STRING }] }] }, false],
  [
    'a message',
    {
      messageType: [
        { name: 'M', nestedType: [{ name: 'N', field: [{ ...field, type: Type.MESSAGE, typeName: ROUTE_POLICY }] }] },
      ],
    },
    true,
  ],
  [
    'an enum',
    { messageType: [{ name: 'M', field: [{ ...field, type: Type.ENUM, typeName: '.gateway.v1.MockPolicy' }] }] },
    true,
  ],
  [
    'what a method takes',
    {
      service: [{ name: 'S', method: [{ name: 'Do', inputType: ROUTE_POLICY, outputType: '.shop.v1.Other' }] }],
      messageType: [{ name: 'Other' }],
    },
    true,
  ],
  [
    'what an extension is',
    {
      messageType: [{ name: 'M', extensionRange: [{ start: 100, end: 200 }] }],
      extension: [{ ...field, extendee: '.shop.v1.M', type: Type.MESSAGE, typeName: ROUTE_POLICY }],
    },
    true,
  ],
  ['everything, for others', { publicDependency: [0] }, true],
])('a file that needs %s of the file of policies imports it: %#', (_what, given, imports) => {
  const own = create(FileDescriptorProtoSchema, {
    name: 'shop.proto',
    package: 'shop.v1',
    syntax: 'proto2',
    dependency: [POLICIES],
    ...(given as object),
  });
  const set = fromBinary(FileDescriptorSetSchema, descriptorSetOf([policy.file]));
  set.file.push(own);
  const file = createFileRegistry(set).getFile('shop.proto')!;
  const shown = shownFile(new Set(file.services.flatMap(({ methods }) => methods)))(file);
  expect(shown.dependency.includes(POLICIES)).toBe(imports);
});
