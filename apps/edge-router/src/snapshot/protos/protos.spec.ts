import { ApiPaths } from '@gateway/versioning';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { authV1, descriptorSetOf } from '@gateway/contracts';
import { ApiDocuments } from '../../pages/api-documents';
import type { SourceRoutes } from '../source';
import { bufProgram } from './buf-program';
import { protoFiles } from './proto-files';
import { ProtosError } from './protos-error';
import { compileProtos, protosOffer } from './protos-source';

const AUTH = { credentials: true, permissions: true };
const protosSource = async (path: string): Promise<SourceRoutes> =>
  protosOffer(await compileProtos(path), { auth: AUTH, paths: new ApiPaths('/api'), overlays: [] }).routes([]);
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'protos-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A folder with one proto file, that imports what the platform provides. */
function source(name: string, body: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, 'shop'), { recursive: true });
  writeFileSync(join(path, 'README.md'), 'not a proto');
  const imports = ['gateway/v1/policy', 'google/api/annotations', 'buf/validate/validate'].map(
    (each) => `import "${each}.proto";`,
  );
  writeFileSync(
    join(path, 'shop', 'shop.proto'),
    `syntax = "proto3";\npackage shop.v1;\n${imports.join('\n')}\n${body}`,
  );
  return path;
}

const MESSAGES = 'message Request { string id = 1; } message Reply {}';
const method = (options: string): string =>
  `service HTTPShopService { rpc Get(Request) returns (Reply) { ${options} } } ${MESSAGES}`;

describe('EDGE_PROTOS', () => {
  test('a folder of sources is compiled, with what the platform provides', async () => {
    const shop = source('good', method('option (google.api.http) = { get: "/shop/{id}" };'));
    const { routes, problems } = await protosSource(shop);
    const path = '/shop.v1.HTTPShopService/Get';
    const told = routes.map(({ id, origin, target }) => [
      id,
      origin,
      target.kind === 'grpc' && [target.service, target.path],
    ]);
    expect(told).toEqual([
      ['shop.v1.HTTPShopService.Get', 'protos', ['http-shop-service', path]],
      ['shop.v1.HTTPShopService.Get#rpc', 'protos', ['http-shop-service', path]],
    ]);
    expect(problems).toEqual([]);
  });

  test('comments of sources are kept, for the description of the API', async () => {
    const [, rest] = method('option (google.api.http) = { get: "/told/{id}" };').split('{ rpc');
    const path = source('told', `service TellingService {\n// Tells.\nrpc${rest}`);
    const { routes } = await protosSource(path);
    const documents = new ApiDocuments({ snapshot: () => ({ routes }), versionOf: () => null, now: () => 0 });
    const { body } = documents.document('json', null)!;
    expect(JSON.parse(String(body)).paths['/told/{id}'].get.summary).toBe('Tells');
  });

  test('a descriptor set is taken as it is', async () => {
    const path = join(folder, 'set.binpb');
    writeFileSync(path, descriptorSetOf([authV1.AuthProxyService.file]));
    expect((await protosSource(path)).routes).toEqual([]);
  });

  test.each([
    ['syntax', 'service {', /^shop\/shop.proto:6:/],
    [
      'binding',
      method('option (google.api.http) = { get: "/shop/{nope}" };'),
      /^shop\/shop.proto:6: shop.v1.HTTPShopService.Get: .*is not a scalar field/,
    ],
    [
      'route',
      method('option (google.api.http) = { get: "/shop/**/x" };'),
      /^shop\/shop.proto:6: shop.v1.HTTPShopService.Get: .*must come last/,
    ],
  ])('a wrong %s says where', async (name, body, message) => {
    const compiled = protosSource(source(name, body));
    await expect(compiled).rejects.toThrow(ProtosError);
    await expect(compiled).rejects.toThrow(message);
  });

  test('equal routes are refused', async () => {
    const both = `service A { rpc X(Request) returns (Reply) { option (google.api.http) = { get: "/a/{id}" }; } }
      service B { rpc Y(Request) returns (Reply) { option (google.api.http) = { get: "/a/{id=*}" }; } } ${MESSAGES}`;
    await expect(protosSource(source('equal', both))).rejects.toThrow(ProtosError);
  });

  test('that is not there is a problem like any other', async () => {
    await expect(protosSource(join(folder, 'nowhere'))).rejects.toThrow(ProtosError);
    await expect(protoFiles(join(folder, 'nowhere'))).rejects.toThrow(/^ENOENT/);
  });

  test('files that a ConfigMap keeps twice are read once', async () => {
    const path = source('mounted', method(''));
    renameSync(join(path, 'shop'), join(path, '..data'));
    symlinkSync('..data', join(path, 'shop'));
    expect((await protoFiles(path)).map(({ name }) => name)).toEqual(['shop/shop.proto']);
  });

  test('a folder that contains itself has an end', async () => {
    const path = source('endless', method(''));
    symlinkSync(path, join(path, 'again'));
    await expect(protoFiles(path)).rejects.toThrow(/deeper than/);
  });
});

test('the compiler is the binary of the platform, or what finds one', () => {
  const runs = ([program, ...first]: readonly string[]): string =>
    execFileSync(program!, [...first, '--version'], { encoding: 'utf8' }).trim();
  expect(runs(bufProgram())).toMatch(/^\d+\.\d+/);
  expect(bufProgram()).toHaveLength(1);
  expect(bufProgram('plan9-x64')).toEqual([process.execPath, expect.stringMatching(/buf$/)]);
  expect(runs(bufProgram('plan9-x64'))).toBe(runs(bufProgram()));
});

test('the provided sources are those of the repository', () => {
  // provide.mjs runs as a program of its own: the test's transform is for TypeScript.
  const script = `${import.meta.dirname}/provide.mjs`;
  const print = `import(${JSON.stringify(script)}).then((m) => process.stdout.write(m.providedSource()))`;
  const expected = execFileSync(process.execPath, ['-e', print], { encoding: 'utf8' });
  expect(readFileSync(`${import.meta.dirname}/gen/provided-protos.ts`, 'utf8')).toBe(expected);
});
