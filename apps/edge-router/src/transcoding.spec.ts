import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  create,
  createFileRegistry,
  type DescMethod,
  fromBinary,
  type FileRegistry,
  type JsonObject,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { loadIdentity } from '@gateway/mtls';
import { type RunningService, startService } from '@gateway/platform';
import { silentLogger } from '@gateway/telemetry';
import { createAuthority, freePort } from '@gateway/testing';
import { Metadata, Server, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { edgeModule } from './app.module';
import { type EdgeConfig, edgeConfig } from './config';
import { descriptorSetAt } from './snapshot/protos/compile-protos';

const LIBRARY = `syntax = "proto3";
package library.v1;
import "gateway/v1/policy.proto";
import "google/api/annotations.proto";
import "google/api/httpbody.proto";
import "google/protobuf/field_mask.proto";
service LibraryService {
  option (gateway.v1.service_policy) = { auth: { mode: NONE } };
  rpc GetBook(GetBookRequest) returns (Book) {
    option (google.api.http) = { get: "/v1/books/{title}" additional_bindings { get: "/v1/{title=shelves/**}" } };
    option (gateway.v1.policy) = {
      timeout: { seconds: 7 }
      transcoding: {
        unknown_query: IGNORE
        request_headers: ["accept-language"]
        response_headers: ["X-Shelf"]
      }
    };
  }
  rpc UpdateBook(UpdateBookRequest) returns (Book) {
    option (google.api.http) = { patch: "/v1/books/{id}" body: "book" };
    option (gateway.v1.policy) = { transcoding: { unknown_fields: IGNORE } };
  }
  rpc PutCover(PutCoverRequest) returns (google.api.HttpBody) {
    option (google.api.http) = { put: "/v1/books/{id}/cover" body: "cover" };
  }
  rpc PurgeBook(GetBookRequest) returns (Book) {
    option (google.api.http) = { custom: { kind: "PURGE" path: "/v1/books/{title}:forget" } };
  }
}
message GetBookRequest { string title = 1; int32 copy = 2; }
message Book { string title = 1; Author author = 2; }
message Author { string name = 1; int32 born = 2; }
message UpdateBookRequest { string id = 1; Book book = 2; google.protobuf.FieldMask update_mask = 3; }
message PutCoverRequest { string id = 1; google.api.HttpBody cover = 2; }
`;

interface Call {
  readonly method: string;
  readonly request: JsonObject;
  readonly metadata: Record<string, unknown>;
  /** Milliseconds until the deadline that came with the call. */
  readonly leftMs: number;
}

let folder: string;
let library: Server;
let edge: RunningService<EdgeConfig>;
let url: string;
const calls: Call[] = [];

/** A service that keeps what it is called with, and answers with it where it can. */
async function startLibrary(registry: FileRegistry, identityDir: string): Promise<[Server, number]> {
  const server = new Server();
  const { methods } = registry.getService('library.v1.LibraryService')!;
  const definition = Object.fromEntries(methods.map((method) => [method.name, rawMethod(method)]));
  server.addService(definition, Object.fromEntries(methods.map((method) => [method.name, answerer(method, registry)])));
  const credentials = loadIdentity(identityDir, { pollMs: 0 }).grpcServerCredentials();
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('localhost:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  return [server, port];
}

const rawMethod = ({ name }: DescMethod) => ({
  path: `/library.v1.LibraryService/${name}`,
  requestStream: false as const,
  responseStream: false as const,
  requestSerialize: (bytes: Buffer) => bytes,
  requestDeserialize: (bytes: Buffer) => bytes,
  responseSerialize: (bytes: Buffer) => bytes,
  responseDeserialize: (bytes: Buffer) => bytes,
});

const answerer =
  ({ name, input, output }: DescMethod, registry: FileRegistry) =>
  (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>): void => {
    const request = toJson(input, fromBinary(input, call.request), { registry }) as JsonObject;
    const leftMs = Number(call.getDeadline()) - Date.now();
    calls.push({ method: name, request, metadata: call.metadata.getMap(), leftMs });
    const metadata = new Metadata();
    metadata.set('x-shelf', '7');
    metadata.set('x-secret', 's');
    call.sendMetadata(metadata);
    const cover = { contentType: 'image/png', data: Buffer.from([0x89, 0x50]) };
    const answer = name === 'PutCover' ? cover : { title: `about ${String(request['title'] ?? '')}` };
    done(null, Buffer.from(toBinary(output, create(output, answer))));
  };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'edge-transcoding-'));
  const authority = await createAuthority(join(folder, 'ca'));
  const protos = mkdtempSync(join(folder, 'protos-'));
  writeFileSync(join(protos, 'library.proto'), LIBRARY);
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, await descriptorSetAt(protos)));
  const [server, libraryPort] = await startLibrary(registry, await authority.issue('library-service'));
  library = server;
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const env = {
    EDGE_HTTP_PORT: String(port),
    EDGE_HTTPS_PORT: '',
    EDGE_ADMIN_PORT: '0',
    EDGE_PROTOS: protos,
    LIBRARY_SERVICE_GRPC: `localhost:${libraryPort}`,
    GATEWAY_IDENTITY_DIR: await authority.issue('edge-router'),
    GATEWAY_DRAIN_DELAY: '1ms',
  };
  const definition = { name: 'edge-router', config: edgeConfig(env), module: edgeModule };
  edge = await startService(definition, env, { logger: silentLogger() });
});

afterAll(async () => {
  expect(await edge.stop()).toEqual([]);
  library.forceShutdown();
  rmSync(folder, { recursive: true });
});

/** The answer to a request, and what the service was called with for it; undefined: it wasn't. */
async function ask(method: string, path: string, init: { body?: string | Buffer; headers?: object } = {}) {
  const before = calls.length;
  const response = await fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json', ...init.headers },
    ...(init.body === undefined ? {} : { body: init.body as string }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, bytes, call: calls[before] };
}

describe('a transcoded call', () => {
  test('has an escaped slash as part of one segment, and keeps it among several', async () => {
    expect((await ask('GET', '/v1/books/war%2fpeace%20%5C?copy=2')).call?.request).toEqual({
      title: 'war/peace \\',
      copy: 2,
    });
    expect((await ask('GET', '/v1/shelves/a%2Fb/c%20d')).call?.request).toEqual({ title: 'shelves/a%2Fb/c d' });
    expect((await ask('GET', '/v1/nothing%2Fhere')).status).toBe(400);
  });

  test('passes over unknown parameters where the policy says so, and refuses them elsewhere', async () => {
    expect((await ask('GET', '/v1/books/x?utm_source=mail&copy=1')).call?.request).toEqual({ title: 'x', copy: 1 });
    expect((await ask('PATCH', '/v1/books/x?utm_source=mail', { body: '{}' })).status).toBe(400);
  });

  test('carries the time that is left, and the headers that the policy names', async () => {
    const headers = {
      'accept-language': 'eo',
      'x-other': 'o',
      'x-user-id': 'root',
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    };
    const { call, headers: answered } = await ask('GET', '/v1/books/x', { headers });
    expect(call!.leftMs).toBeGreaterThan(4_000);
    expect(call!.leftMs).toBeLessThanOrEqual(7_000);
    expect(call!.metadata).toMatchObject({ 'accept-language': 'eo', traceparent: expect.any(String) });
    expect(Object.keys(call!.metadata).filter((name) => /^x-(other|user-id)$/.test(name))).toEqual([]);
    expect(answered.get('x-shelf')).toBe('7');
    expect(answered.get('x-secret')).toBeNull();
    const plain = await ask('PATCH', '/v1/books/x', { body: '{}', headers });
    expect(plain.call!.metadata).not.toHaveProperty('accept-language');
    expect(plain.headers.get('x-shelf')).toBeNull();
    expect(plain.call!.leftMs).toBeGreaterThan(8_000);
  });

  test('fills the mask of a PATCH with what its body has', async () => {
    const body = JSON.stringify({ title: 't', author: { born: 1828 }, isbn: 'unknown' });
    expect((await ask('PATCH', '/v1/books/b1', { body })).call?.request).toEqual({
      id: 'b1',
      book: { title: 't', author: { born: 1828 } },
      updateMask: 'title,author.born',
    });
    expect((await ask('PATCH', '/v1/books/b1?updateMask=author', { body })).call?.request['updateMask']).toBe('author');
  });

  test('carries a HttpBody as bytes, both ways', async () => {
    const body = Buffer.from([0xff, 0xd8, 0x00]);
    const { call, ...answer } = await ask('PUT', '/v1/books/b1/cover', {
      body,
      headers: { 'content-type': 'image/jpeg' },
    });
    expect(call?.request).toEqual({ id: 'b1', cover: { contentType: 'image/jpeg', data: body.toString('base64') } });
    expect(answer.headers.get('content-type')).toBe('image/png');
    expect(answer.bytes).toEqual(Buffer.from([0x89, 0x50]));
  });

  test('is refused with 415 where its body is neither JSON nor in UTF-8, or is compressed', async () => {
    for (const type of ['text/plain', 'application/json; charset=utf-16', 'multipart/form-data; boundary=x'])
      expect((await ask('PATCH', '/v1/books/b1', { body: '{}', headers: { 'content-type': type } })).status).toBe(415);
    const packed = await ask('PATCH', '/v1/books/b1', { body: '{}', headers: { 'content-encoding': 'gzip' } });
    expect([packed.status, packed.headers.get('accept-encoding')]).toEqual([415, 'identity']);
    const named = { 'content-type': 'application/merge-patch+json; charset=UTF-8' };
    expect((await ask('PATCH', '/v1/books/b1', { body: '{}', headers: named })).status).toBe(200);
  });

  test('is a GET for a HEAD, without its body, and may have a method of its own', async () => {
    const get = await ask('GET', '/v1/books/x');
    const head = await ask('HEAD', '/v1/books/x');
    expect([head.status, head.bytes.length, head.call?.method]).toEqual([200, 0, 'GetBook']);
    expect(head.headers.get('content-length')).toBe(String(get.bytes.length));
    expect((await ask('PURGE', '/v1/books/x:forget')).call).toMatchObject({
      method: 'PurgeBook',
      request: { title: 'x' },
    });
    const wrong = await ask('DELETE', '/v1/books/x:forget');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, PATCH, PURGE']);
  });
});
