import { create, createFileRegistry, fromBinary, getOption, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import * as grpc from '@grpc/grpc-js';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { httpRule, reflectionV1, registryV1 } from '@gateway/contracts';
import { loadIdentity, spiffeIdFor } from '@gateway/mtls';
import { type Authority } from '@gateway/testing';
import { moduleOf, newAuthority, quietEnvironment, testService, type TestConfig } from '../service.fixture';
import { type RunningService, startService } from '../start';
import { grpcListener, type GrpcListener } from './listener';

const { RegistryService } = registryV1;
const { ServerReflectionRequestSchema, ServerReflectionResponseSchema } = reflectionV1;
type Question = MessageInitShape<typeof ServerReflectionRequestSchema>['messageRequest'];

let authority: Authority;
let running: RunningService<TestConfig>;
let client: grpc.Client;
beforeAll(async () => {
  authority = await newAuthority();
});
afterEach(async () => {
  client.close();
  await running.stop();
});

/** A service whose gRPC port a client with a certificate asks. */
async function serve(env: Record<string, string> = {}): Promise<void> {
  let listener!: GrpcListener;
  const definition = testService((service) => {
    listener = grpcListener(service, {
      address: { host: 'localhost', port: 0 },
      services: [{ desc: RegistryService, allow: ['edge-router'] }],
    });
    return moduleOf();
  });
  const identity = await authority.issue('registry-daemon');
  running = await startService(definition, { ...quietEnvironment, GATEWAY_IDENTITY_DIR: identity, ...env });
  const credentials = loadIdentity(await authority.issue('shop'), { pollMs: 0 }).grpcClientCredentials({
    expect: spiffeIdFor('registry-daemon'),
  });
  const options = { 'grpc.ssl_target_name_override': 'registry-daemon' };
  client = new grpc.Client(`localhost:${listener.address.port}`, credentials, options);
}

/** Asks in one stream, and gives the answers. */
async function ask(version: string, ...questions: Question[]) {
  const stream = client.makeBidiStreamRequest(
    `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
    (request: Uint8Array) => Buffer.from(request),
    (bytes: Buffer) => fromBinary(ServerReflectionResponseSchema, bytes),
  );
  for (const messageRequest of questions)
    stream.write(toBinary(ServerReflectionRequestSchema, create(ServerReflectionRequestSchema, { messageRequest })));
  stream.end();
  const answers = [];
  for await (const { messageResponse } of stream) answers.push(messageResponse);
  return answers as reflectionV1.ServerReflectionResponse['messageResponse'][];
}

test.each(['v1', 'v1alpha'])('%s lists the services, and has their files with all options', async (version) => {
  await serve();
  const [list, files] = await ask(
    version,
    { case: 'listServices', value: '' },
    { case: 'fileContainingSymbol', value: RegistryService.typeName },
  );
  expect((list!.value as reflectionV1.ListServiceResponse).service.map(({ name }) => name)).toEqual([
    'gateway.health.v1.HealthService',
    RegistryService.typeName,
    'grpc.reflection.v1.ServerReflection',
  ]);
  const { fileDescriptorProto } = files!.value as reflectionV1.FileDescriptorResponse;
  const file = fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes)).reverse();
  expect(file.map(({ name }) => name)).toContain('google/api/annotations.proto');
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: file.sort(importsFirst(file)) }));
  const routed = registry
    .getService(RegistryService.typeName)!
    .methods.filter((each) => getOption(each, httpRule).pattern.case);
  expect(routed.length).toBeGreaterThan(0);
});

test('finds by file, method, nested type and extension, and says what it does not know', async () => {
  await serve();
  const answers = await ask(
    'v1',
    { case: 'fileByFilename', value: 'google/api/http.proto' },
    { case: 'fileContainingSymbol', value: `${RegistryService.typeName}.Register` },
    { case: 'fileContainingSymbol', value: 'google.api.HttpRule' },
    {
      case: 'fileContainingExtension',
      value: { containingType: 'google.protobuf.MethodOptions', extensionNumber: 72_295_728 },
    },
    { case: 'allExtensionNumbersOfType', value: 'google.protobuf.MethodOptions' },
    { case: 'allExtensionNumbersOfType', value: 'google.api.HttpRule' },
    { case: 'fileByFilename', value: 'nope.proto' },
    { case: 'fileContainingSymbol', value: 'nope.Nope' },
    { case: 'allExtensionNumbersOfType', value: 'nope.Nope' },
    undefined,
  );
  expect(answers.map(({ case: kind }) => kind)).toEqual([
    ...Array.from({ length: 4 }, () => 'fileDescriptorResponse'),
    ...Array.from({ length: 2 }, () => 'allExtensionNumbersResponse'),
    ...Array.from({ length: 4 }, () => 'errorResponse'),
  ]);
  expect(answers[4]!.value).toMatchObject({ extensionNumber: expect.arrayContaining([50_117, 72_295_728]) });
  expect(answers[5]!.value).toMatchObject({ extensionNumber: [] });
  expect(answers[6]!.value).toMatchObject({ errorCode: grpc.status.NOT_FOUND });
  expect(answers[9]!.value).toMatchObject({ errorCode: grpc.status.INVALID_ARGUMENT });
});

test.each([
  [{ GATEWAY_GRPC_REFLECTION: 'false' }, false],
  [{ GATEWAY_PROFILE: 'production' }, false],
  [{ GATEWAY_PROFILE: 'production', GATEWAY_GRPC_REFLECTION: 'true' }, true],
])('%j offers it: %s', async (env, offered) => {
  await serve(env);
  const answer = ask('v1', { case: 'listServices', value: '' });
  if (offered) expect(await answer).toHaveLength(1);
  else await expect(answer).rejects.toMatchObject({ code: grpc.status.UNIMPLEMENTED });
});

type File = { name: string; dependency: string[] };

/** Orders files so that imports stand before their importers. */
function importsFirst(files: readonly File[]): (a: File, b: File) => number {
  const byName = new Map(files.map((file) => [file.name, file]));
  const depth = ({ dependency }: File): number =>
    Math.max(0, ...dependency.map((name) => 1 + depth(byName.get(name)!)));
  return (a, b) => depth(a) - depth(b);
}
