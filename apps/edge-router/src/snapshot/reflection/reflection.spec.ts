import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, type DescFile, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { adminFields, defineConfig, platformFields } from '@gateway/config';
import { compileContract, descriptorSetOf, reflectionV1, registryV1 } from '@gateway/contracts';
import { GrpcCallError, type GrpcStream } from '@gateway/grpc-pool';
import { spiffeIdFor } from '@gateway/mtls';
import { type GrpcListener, grpcListener, type RunningService, startService } from '@gateway/platform';
import { silentLogger } from '@gateway/telemetry';
import { type Authority, createAuthority, eventually, fakeClock } from '@gateway/testing';
import { ApiPaths } from '@gateway/versioning';
import fc from 'fast-check';
import { edgeModule } from '../../app.module';
import { edgeConfig } from '../../config';
import { endpoint } from '../../pipeline.fixture';
import type { GrpcStreamCaller } from '../../pipeline/forward-stream';
import type { Endpoint } from '../../upstreams/endpoint';
import { ContractSources } from '../contract-sources';
import { reflect } from './reflect';
import { ReflectedContracts } from './reflected-contracts';
import { ReflectionError } from './reflection-error';

const { RegistryService } = registryV1;
const { ServerReflectionRequestSchema, ServerReflectionResponseSchema } = reflectionV1;
type Request = reflectionV1.ServerReflectionRequest['messageRequest'];
type Reply = (request: Request) => Uint8Array | GrpcCallError;

const ENDPOINT = endpoint('shop', { protocol: 'grpc' });
const UNIMPLEMENTED = new GrpcCallError(12, 'no such method', true, []);

/** A server that answers each question of a call as `reply` says; `paths` are those that it was called by. */
function serverOf(reply: Reply, paths: string[] = []): GrpcStreamCaller {
  return {
    stream: (_endpoint, path): GrpcStream => {
      paths.push(path);
      const questions: Request[] = [];
      const messages = (async function* () {
        for (;;) {
          await eventually(() => questions.length > 0);
          const said = reply(questions.shift()!);
          if (said instanceof Error) throw said;
          yield Buffer.from(said);
        }
      })();
      return {
        send(message) {
          questions.push(fromBinary(ServerReflectionRequestSchema, message).messageRequest);
          return true;
        },
        onDrain: (listener) => listener(),
        end: () => undefined,
        cancel: () => undefined,
        messages,
        headers: Promise.resolve([]),
        trailers: () => [],
      };
    },
  };
}

const response = (messageResponse: object): Uint8Array =>
  toBinary(ServerReflectionResponseSchema, create(ServerReflectionResponseSchema, { messageResponse } as never));
const list = (...names: string[]): Uint8Array =>
  response({ case: 'listServicesResponse', value: { service: names.map((name) => ({ name })) } });
const files = (...some: Uint8Array[]): Uint8Array =>
  response({ case: 'fileDescriptorResponse', value: { fileDescriptorProto: some } });
const bytesOf = (file: DescFile): Uint8Array => toBinary(FileDescriptorProtoSchema, file.proto);

/** Tells of the registry, one file at a time, without the files of options: as many servers do. */
const registry: Reply = ({ case: kind }) => {
  if (kind === 'listServices') return list('grpc.health.v1.Health', RegistryService.typeName);
  if (kind === 'fileContainingSymbol') return files(bytesOf(RegistryService.file));
  return response({ case: 'errorResponse', value: { errorCode: 5, errorMessage: 'not here' } });
};

describe('reflect', () => {
  test('collects the files of a server, and has those of options itself', async () => {
    const contract = compileContract(await reflect(ENDPOINT, serverOf(registry)));
    expect(contract.services.map(({ typeName }) => typeName)).toEqual([RegistryService.typeName]);
    expect(contract.methods.some(({ bindings }) => bindings.length > 0)).toBe(true);
  });

  test('asks for the files that are missing', async () => {
    const own = (name: string, ...dependency: string[]): Uint8Array =>
      toBinary(FileDescriptorProtoSchema, create(FileDescriptorProtoSchema, { name, dependency }));
    const asked: string[] = [];
    const reply: Reply = ({ case: kind, value }) => {
      if (kind === 'listServices') return list('shop.v1.ShopService');
      if (kind === 'fileContainingSymbol') return files(own('a.proto', 'b.proto', 'google/protobuf/any.proto'));
      asked.push(String(value));
      return files(own(String(value)));
    };
    await reflect(ENDPOINT, serverOf(reply));
    expect(asked).toEqual(['b.proto']);
  });

  test('falls back to the older name', async () => {
    const paths: string[] = [];
    const caller = serverOf(registry, paths);
    const older: GrpcStreamCaller = {
      stream: (...args) =>
        args[1].includes('v1alpha') ? caller.stream(...args) : serverOf(() => UNIMPLEMENTED, paths).stream(...args),
    };
    expect((await reflect(ENDPOINT, older)).length).toBeGreaterThan(0);
    expect(paths.map((path) => path.split('/')[1])).toEqual([
      'grpc.reflection.v1.ServerReflection',
      'grpc.reflection.v1alpha.ServerReflection',
    ]);
    await expect(
      reflect(
        ENDPOINT,
        serverOf(() => UNIMPLEMENTED),
      ),
    ).rejects.toThrow(/does not offer reflection/);
  });

  test.each<[string, Reply, RegExp]>([
    ['cannot be reached', () => new GrpcCallError(14, 'no connection', true, []), /cannot be asked: .*no connection/],
    ['lists nothing', () => list('grpc.health.v1.Health'), /lists no services/],
    ['lists too much', () => list(...Array.from({ length: 201 }, (_, index) => `a.S${index}`)), /more than 200/],
    ['does not list', () => files(), /does not list/],
    [
      'does not know what it lists',
      (ask) =>
        ask.case === 'listServices'
          ? list('a.S')
          : response({ case: 'errorResponse', value: { errorMessage: 'gone' } }),
      /does not tell of a.S: gone/,
    ],
    [
      'has a broken file',
      (ask) => (ask.case === 'listServices' ? list('a.S') : files(Buffer.from([7]))),
      /cannot be read/,
    ],
    [
      'names files after one another',
      (ask) =>
        ask.case === 'listServices'
          ? list('a.S')
          : files(
              toBinary(
                FileDescriptorProtoSchema,
                create(FileDescriptorProtoSchema, { name: 'x.proto', dependency: ['y.proto'] }),
              ),
            ),
      /another file for y.proto/,
    ],
    ['has files without end', endless(), /more than 400 files/],
    [
      'floods',
      (ask) => (ask.case === 'listServices' ? list('a.S') : files(Buffer.alloc(30 << 20))),
      /more than \d+ bytes/,
    ],
  ])('a server that %s is told', async (_what, reply, message) => {
    const asked = reflect(ENDPOINT, serverOf(reply));
    await expect(asked).rejects.toThrow(ReflectionError);
    await expect(asked).rejects.toThrow(message);
  });

  test('whatever bytes a server answers with, it is refused or read', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 4 }), async (bytes) => {
        let at = 0;
        const reply: Reply = () => (at === 0 && at++ === 0 ? list('a.S') : (bytes[at++] ?? UNIMPLEMENTED));
        await reflect(ENDPOINT, serverOf(reply)).catch((error: unknown) =>
          expect(error).toBeInstanceOf(ReflectionError),
        );
      }),
      { numRuns: 50 },
    );
  });
});

/** Each file imports another one. */
function endless(): Reply {
  let count = 0;
  return ({ case: kind, value }) => {
    if (kind === 'listServices') return list('a.S');
    const name = kind === 'fileByFilename' ? value : 'first.proto';
    const dependency = [`f${count++}.proto`];
    return files(toBinary(FileDescriptorProtoSchema, create(FileDescriptorProtoSchema, { name, dependency })));
  };
}

describe('reflected contracts', () => {
  const bytes = descriptorSetOf([RegistryService.file]);

  function watched(answers: (Uint8Array | Error)[]) {
    const clock = fakeClock();
    const state = { endpoints: [endpoint('a', { protocol: 'grpc' })] as readonly Endpoint[], changes: 0 };
    const asked: string[] = [];
    const problems: (readonly string[])[] = [];
    const reflected = new ReflectedContracts({
      clock,
      endpoints: () => state.endpoints,
      reflect: async ({ id }) => {
        asked.push(id);
        const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
        if (answer instanceof Error) throw answer;
        return answer;
      },
      sourcesOf: (contracts) =>
        new ContractSources(
          contracts,
          { credentials: true, permissions: true },
          new ApiPaths('/api'),
          undefined,
          'reflection',
        ),
      onChange: () => void state.changes++,
      onProblems: (each) => void problems.push(each),
    });
    const settle = async (ms: number): Promise<void> => {
      clock.advance(ms);
      await eventually(() => !reflected.isAsking);
    };
    return { clock, state, asked, problems, reflected, settle };
  }

  test('are asked for once, again when an instance begins a new life, and every five minutes', async () => {
    const { state, asked, reflected, settle, clock } = watched([bytes]);
    reflected.replace(['shop']);
    await reflected.start();
    const [source] = reflected.sources.sources();
    expect([source!.name, source!.routes.length > 0, state.changes]).toEqual(['reflection shop', true, 1]);
    await settle(10_000);
    expect(asked).toEqual(['a']);
    state.endpoints = [endpoint('a', { protocol: 'grpc', generation: '2' })];
    await settle(1_000);
    expect(asked).toEqual(['a', 'a']);
    await settle(301_000);
    expect([asked.length, state.changes]).toEqual([3, 1]);
    reflected.close();
    expect(clock.pending).toBe(0);
  });

  test('stay while nobody answers, with the reason; other instances are asked, and later the same again', async () => {
    const { state, asked, problems, reflected, settle } = watched([
      bytes,
      new Error('is away'),
      new Error('too'),
      bytes,
    ]);
    reflected.replace(['shop']);
    await reflected.start();
    state.endpoints = [endpoint('b', { protocol: 'grpc' }), endpoint('c', { protocol: 'grpc' })];
    await settle(1_000);
    expect(asked).toEqual(['a', 'b', 'c']);
    expect(problems.at(-1)).toEqual(['shop: c:1 too']);
    const [source] = reflected.sources.sources();
    expect(source!.routes.length).toBeGreaterThan(0);
    expect(source!.problems.at(-1)).toMatchObject({ severity: 'error', detail: expect.stringContaining('c:1 too') });
    await settle(2_000);
    expect(problems.at(-1)).toEqual([]);
    expect(reflected.sources.sources()[0]!.problems).toEqual(source!.problems.slice(0, -1));
    reflected.close();
  });

  test('of a service without instances wait for one; of one that the file no longer names are forgotten', async () => {
    const { state, problems, reflected, settle } = watched([bytes]);
    state.endpoints = [];
    reflected.replace(['shop']);
    await reflected.start();
    expect(problems.at(-1)).toEqual(['shop: no instance to ask']);
    state.endpoints = [endpoint('a', { protocol: 'grpc' })];
    await settle(1_000);
    expect(reflected.sources.sources()[0]!.routes.length).toBeGreaterThan(0);
    reflected.replace([]);
    expect(reflected.sources.sources()).toEqual([]);
    reflected.close();
  });
});

describe('an edge in front of a service that is asked itself', () => {
  let folder: string;
  let authority: Authority;
  let edge: RunningService<never>;
  let service: RunningService<never>;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'reflection-'));
    authority = await createAuthority(join(folder, 'ca'));
    let listener!: GrpcListener;
    const config = defineConfig({
      app: 'shop',
      prefix: 'SHOP_',
      fields: { ...platformFields, ...adminFields('SHOP_', 0) },
    });
    const quiet = { GATEWAY_LOG_LEVEL: 'silent', GATEWAY_DRAIN_DELAY: '0ms' };
    service = (await startService(
      {
        name: 'shop',
        config,
        module: (running) => {
          listener = grpcListener(running, {
            address: { host: 'localhost', port: 0 },
            services: [{ desc: RegistryService }],
          });
          return { module: class ShopModule {} };
        },
      },
      { ...quiet, SHOP_ADMIN_PORT: '0', GATEWAY_IDENTITY_DIR: await authority.issue('shop') },
      { logger: silentLogger() },
    )) as never;
    const routes = join(folder, 'routes.yaml');
    const url = `https://localhost:${listener.address.port}`;
    const shop = { urls: [url], protocol: 'grpc', identity: spiffeIdFor('shop'), contract: 'reflection' };
    const overlay = { selector: `${RegistryService.typeName}.*`, policy: { auth: { mode: 'NONE' } } };
    writeFileSync(routes, JSON.stringify({ services: { shop }, overlays: [overlay] }));
    const env = {
      ...quiet,
      EDGE_HTTP_PORT: '0',
      EDGE_HTTPS_PORT: '',
      EDGE_ADMIN_PORT: '0',
      EDGE_ROUTES_FILE: routes,
      GATEWAY_IDENTITY_DIR: await authority.issue('edge-router'),
    };
    edge = (await startService({ name: 'edge-router', config: edgeConfig(env), module: edgeModule }, env, {
      logger: silentLogger(),
    })) as never;
  });
  afterAll(async () => {
    await edge.stop();
    await service.stop();
    rmSync(folder, { recursive: true });
  });

  test('has its routes once it is ready, under the overlays of the route file', async () => {
    const answer = await fetch(`http://127.0.0.1:${edge.admin.port}/routes`);
    const { routes } = (await answer.json()) as { routes: { declaredBy: string; policy: object; target: object }[] };
    const own = routes.filter(({ declaredBy }) => declaredBy === 'reflection shop');
    expect(own.length).toBeGreaterThan(0);
    expect(own[0]).toMatchObject({ policy: { auth: { mode: 'NONE' } }, target: { service: 'shop' } });
  });
});
