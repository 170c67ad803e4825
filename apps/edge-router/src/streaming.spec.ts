import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary, toBinary, create } from '@bufbuild/protobuf';
import { StringValueSchema } from '@bufbuild/protobuf/wkt';
import { loadIdentity } from '@gateway/mtls';
import { type RunningService, startService } from '@gateway/platform';
import { silentLogger } from '@gateway/telemetry';
import { createAuthority, eventually, freePort } from '@gateway/testing';
import { Server, type ServerWritableStream, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { edgeModule } from './app.module';
import { type EdgeConfig, edgeConfig } from './config';

/** A contract of our own. All its messages have one string: they are StringValues to the service below. */
const SHOP = `syntax = "proto3";
package shop.v1;
import "buf/validate/validate.proto";
import "gateway/v1/policy.proto";
import "google/api/annotations.proto";
service ShopService {
  option (gateway.v1.service_policy) = { auth: { mode: NONE } timeout: { seconds: 5 } };
  rpc Watch(Item) returns (stream Price) {
    option (google.api.http) = { get: "/shop/{item}:watch" };
  }
}
message Item { string item = 1 [(buf.validate.field).string.max_len = 20]; }
message Price { string text = 1; }
`;

type Down = ServerWritableStream<Buffer, Buffer>;

let folder: string;
let shop: Server;
let edge: RunningService<EdgeConfig>;
let url: string;
const seen = { cancelled: 0, poured: 0 };
const calls: Down[] = [];

const textOf = (bytes: Buffer): string => fromBinary(StringValueSchema, bytes).value;
const bytesOf = (value: string): Buffer =>
  Buffer.from(toBinary(StringValueSchema, create(StringValueSchema, { value })));

/** Watch says what the item asks for. */
function watch(call: Down): void {
  const item = textOf(call.request);
  call.on('cancelled', () => seen.cancelled++);
  calls.push(call);
  const fail = (): boolean => call.emit('error', { code: status.NOT_FOUND, details: 'sold out' });
  if (item === 'gone') fail();
  else if (item === 'nothing') call.end();
  else if (item === 'three') {
    for (const text of ['1', '2', '3']) call.write(bytesOf(text));
    call.end();
  } else if (item === 'two-and-gone') {
    for (const text of ['1', '2']) call.write(bytesOf(text));
    fail();
  } else if (item === 'flood') flood(call);
  else call.write(bytesOf(item));
}

function flood(call: Down): void {
  const text = bytesOf('x'.repeat(100_000));
  const pour = (): void => {
    while (!call.cancelled && call.write(text)) seen.poured++;
    if (!call.cancelled) call.once('drain', pour);
  };
  pour();
}

async function startShop(identityDir: string): Promise<[Server, number]> {
  const server = new Server();
  const identity = (bytes: Buffer): Buffer => bytes;
  const codec = {
    requestSerialize: identity,
    requestDeserialize: identity,
    responseSerialize: identity,
    responseDeserialize: identity,
  };
  const definition = {
    Watch: { path: '/shop.v1.ShopService/Watch', requestStream: false, responseStream: true, ...codec },
  } as const;
  server.addService(definition, { Watch: watch });
  const credentials = loadIdentity(identityDir, { pollMs: 0 }).grpcServerCredentials();
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('localhost:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  return [server, port];
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'edge-streams-'));
  const authority = await createAuthority(join(folder, 'ca'));
  const [server, shopPort] = await startShop(await authority.issue('shop-service'));
  shop = server;
  writeFileSync(join(folder, 'shop.proto'), SHOP);
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const env = {
    EDGE_HTTP_PORT: String(port),
    EDGE_HTTPS_PORT: '',
    EDGE_ADMIN_PORT: '0',
    EDGE_PROTOS: folder,
    SHOP_SERVICE_GRPC: `localhost:${shopPort}`,
    GATEWAY_IDENTITY_DIR: await authority.issue('edge-router'),
    GATEWAY_DRAIN_DELAY: '1ms',
  };
  const definition = { name: 'edge-router', config: edgeConfig(env), module: edgeModule };
  edge = await startService(definition, env, { logger: silentLogger() });
});

afterAll(async () => {
  expect(await edge.stop()).toEqual([]);
  shop.forceShutdown();
  rmSync(folder, { recursive: true });
});

/** Begins to read: resolves with the head. */
async function begin(path: string, headers = {}): Promise<IncomingMessage> {
  const request = get(url + path, { headers });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

describe('a stream of a service', () => {
  test('is one message a line', async () => {
    const response = await fetch(`${url}/shop/three:watch`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    expect(response.headers.get('cache-control')).toContain('no-store');
    expect(await response.text()).toBe('{"text":"1"}\n{"text":"2"}\n{"text":"3"}\n');
  });

  test('is one event a message for who asks for events', async () => {
    const response = await fetch(`${url}/shop/three:watch`, { headers: { accept: 'text/event-stream' } });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const events = ['1', '2', '3'].map((text) => `id: ${text}\ndata: {"text":"${text}"}\n\n`);
    expect(await response.text()).toBe(['retry: 3000\n\n', ...events].join(''));
  });

  test('arrives as it comes', async () => {
    const response = await begin('/shop/first:watch');
    const [first] = (await once(response, 'data')) as [Buffer];
    expect(String(first)).toBe('{"text":"first"}\n');
    const next = once(response, 'data');
    calls.at(-1)!.write(bytesOf('second'));
    expect(String((await next)[0])).toBe('{"text":"second"}\n');
    calls.at(-1)!.end();
    await once(response, 'end');
  });

  test('may be empty', async () => {
    const response = await fetch(`${url}/shop/nothing:watch`);
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  test('that fails before its first message is a problem like any other', async () => {
    const response = await fetch(`${url}/shop/gone:watch`, { headers: { accept: 'text/event-stream' } });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ code: 'GW_NOT_FOUND', detail: 'sold out' });
  });

  test('that fails later says so in its last line, or event', async () => {
    const lines = (await (await fetch(`${url}/shop/two-and-gone:watch`)).text()).trim().split('\n');
    expect(lines.slice(0, 2)).toEqual(['{"text":"1"}', '{"text":"2"}']);
    const error = expect.objectContaining({ code: 'GW_NOT_FOUND', status: 404, detail: 'sold out' });
    expect(lines.slice(2).map((line) => JSON.parse(line) as unknown)).toEqual([{ error }]);
    const events = await (
      await fetch(`${url}/shop/two-and-gone:watch`, { headers: { accept: 'text/event-stream' } })
    ).text();
    expect(events).toContain('id: 2\ndata: {"text":"2"}\n\nevent: error\ndata: {');
  });

  test('checks its request as any call does', async () => {
    const response = await fetch(`${url}/shop/${'x'.repeat(21)}:watch`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ pointer: 'path/item' }] });
  });

  test('ends when the client leaves', async () => {
    const response = await begin('/shop/stay:watch');
    await once(response, 'data');
    const before = seen.cancelled;
    response.destroy();
    await eventually(() => seen.cancelled === before + 1);
  });

  test('waits for a client that is slow', async () => {
    const response = await begin('/shop/flood:watch');
    response.pause();
    let poured = -1;
    await eventually(async () => {
      // Two looks with calls of others in between see no progress.
      const stands = poured === seen.poured && seen.poured > 0;
      poured = seen.poured;
      await (await fetch(`${url}/shop/three:watch`)).text();
      return stands;
    });
    // Sockets and windows hold some; the rest has to wait.
    expect(poured * 100_000).toBeLessThan(30_000_000);
    const before = seen.cancelled;
    response.destroy();
    await eventually(() => seen.cancelled === before + 1);
  });
});
