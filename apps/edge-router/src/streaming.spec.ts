import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary, toBinary, create } from '@bufbuild/protobuf';
import { StringValueSchema } from '@bufbuild/protobuf/wkt';
import { loadIdentity } from '@gateway/mtls';
import { type RunningService, startService } from '@gateway/platform';
import { silentLogger } from '@gateway/telemetry';
import { createAuthority, eventually, freePort } from '@gateway/testing';
import {
  type sendUnaryData,
  Server,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerWritableStream,
  status,
} from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SignJWT } from 'jose';
import WebSocket from 'ws';
import { edgeModule } from './app.module';
import { type EdgeConfig, edgeConfig } from './config';

const sulking: ServerDuplexStream<Buffer, Buffer>[] = [];

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
  rpc Follow(Item) returns (stream Price) {
    option (google.api.http) = { get: "/shop/{item}:follow" };
    option (gateway.v1.policy) = { auth: { mode: REQUIRED } };
  }
  rpc Order(stream Item) returns (Price) {
    option (google.api.http) = { post: "/shop:order" body: "*" };
    option (gateway.v1.policy) = { max_body_bytes: 200 };
  }
  rpc Haggle(stream Offer) returns (stream Price) {
    option (google.api.http) = { post: "/shop/{shop}:haggle" body: "*" };
    option (gateway.v1.policy) = { cors: { origins: ["https://shop.example.com"] } max_body_bytes: 200000 };
  }
}
message Item { string item = 1 [(buf.validate.field).string.max_len = 20]; }
message Offer { string text = 1; string shop = 2; }
message Price { string text = 1; }
`;

type Down = ServerWritableStream<Buffer, Buffer>;

let folder: string;
let shop: Server;
let edge: RunningService<EdgeConfig>;
let url: string;
const seen = { cancelled: 0, poured: 0, ordered: 0, heardOut: 0 };
const calls: Down[] = [];

const textOf = (bytes: Buffer): string => fromBinary(StringValueSchema, bytes).value;
const bytesOf = (value: string): Buffer =>
  Buffer.from(toBinary(StringValueSchema, create(StringValueSchema, { value })));

/** Order is answered with what was ordered, at once when it was enough. */
function order(call: ServerReadableStream<Buffer, Buffer>, done: sendUnaryData<Buffer>): void {
  const items: string[] = [];
  call.on('cancelled', () => seen.cancelled++);
  call.on('data', (bytes: Buffer) => {
    items.push(textOf(bytes));
    seen.ordered++;
    if (items.at(-1) === 'enough') done(null, bytesOf('early'));
    if (items.at(-1) === 'wrong') done({ code: status.FAILED_PRECONDITION, details: 'not today' });
  });
  call.on('end', () => done(null, bytesOf(items.join(','))));
}

/** Haggle answers each offer with what it read, the shop of the path included. */
function haggle(call: ServerDuplexStream<Buffer, Buffer>): void {
  call.on('cancelled', () => seen.cancelled++);
  call.on('data', (bytes: Buffer) => {
    const text = textOf(bytes);
    if (text === 'sulk') sulking.push(call.pause());
    else if (text === 'fail') call.emit('error', { code: status.OUT_OF_RANGE, details: 'too low: ' + 'é'.repeat(100) });
    else call.write(bytes);
  });
  call.on('end', () => {
    seen.heardOut++;
    call.write(bytesOf('bye'));
    call.end();
  });
}

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
  } else if (item === 'five') countToFive(call);
  else if (item === 'flood') flood(call);
  else call.write(bytesOf(item));
}

/** Goes on behind what the client has read. */
function countToFive(call: Down): void {
  const [last = '0'] = call.metadata.get('last-event-id');
  for (let next = Number(last) + 1; next <= 5; next++) call.write(bytesOf(String(next)));
  call.end();
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
    Follow: { path: '/shop.v1.ShopService/Follow', requestStream: false, responseStream: true, ...codec },
    Order: { path: '/shop.v1.ShopService/Order', requestStream: true, responseStream: false, ...codec },
    Haggle: { path: '/shop.v1.ShopService/Haggle', requestStream: true, responseStream: true, ...codec },
  } as const;
  server.addService(definition, { Watch: watch, Follow: watch, Order: order, Haggle: haggle });
  const credentials = loadIdentity(identityDir, { pollMs: 0 }).grpcServerCredentials();
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('localhost:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  return [server, port];
}

const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ISSUER = { issuer: 'https://issuer.example', audience: 'shop' };
const issuer = () => ({ ...ISSUER, jwks: { keys: [{ ...keys.publicKey.export({ format: 'jwk' }), kid: 'k1' }] } });

/** A token of ada's. */
const signed = (): Promise<string> =>
  new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .setIssuer(ISSUER.issuer)
    .setAudience(ISSUER.audience)
    .setSubject('ada')
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(keys.privateKey);

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
    GATEWAY_ISSUERS: JSON.stringify([issuer()]),
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

  test('goes on for a client that comes back, until there is no more', async () => {
    const asking = (last: string) =>
      fetch(`${url}/shop/five:watch`, { headers: { accept: 'text/event-stream', 'last-event-id': last } });
    const events = ['4', '5'].map((text) => `id: ${text}\ndata: {"text":"${text}"}\n\n`);
    expect(await (await asking('3')).text()).toBe(['retry: 3000\n\n', ...events].join(''));
    expect((await asking('5')).status).toBe(204);
    expect(await (await asking('nonsense')).text()).toContain('id: 1\ndata: {"text":"1"}');
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

describe('a client that streams, over plain HTTP', () => {
  const order = (body: string, type = 'application/x-ndjson') =>
    fetch(`${url}/shop:order`, { method: 'POST', body, headers: { 'content-type': type } });

  test('says a message a line, and has one answer', async () => {
    const response = await order('{"item":"tea"}\n\n{"item":"milk"}\r\n{"item":"cup"}');
    expect(response.headers.get('content-type')).toBe('application/json');
    expect([response.status, await response.json()]).toEqual([200, { text: 'tea,milk,cup' }]);
    expect(await (await order('')).json()).toEqual({ text: '' });
  });

  test('is heard as it speaks, and may be answered before it has ended', async () => {
    const request = httpRequest(`${url}/shop:order`, { method: 'POST' });
    const answered = once(request, 'response');
    const before = seen.ordered;
    request.write('{"item":"tea"}\n{"item":"mi');
    await eventually(() => seen.ordered === before + 1);
    request.write('lk"}\n');
    await eventually(() => seen.ordered === before + 2);
    request.write('{"item":"enough"}\n');
    const [response] = (await answered) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    expect(String((await once(response, 'data'))[0])).toBe('{"text":"early"}');
    request.destroy();
  });

  test.each([
    ['{"item":"tea"}\n{"item":', 400, 'GW_BAD_BODY'],
    ['{"item":"tea"}\n{"items":1}', 400, 'GW_INVALID_FIELD'],
    [`{"item":"${'x'.repeat(21)}"}`, 400, 'GW_INVALID_FIELD'],
    [`{"item":"${'x'.repeat(300)}"}`, 413, 'GW_BODY_TOO_LARGE'],
    ['{"item":"wrong"}', 400, 'GW_FAILED_PRECONDITION'],
  ])('%j is %d %s', async (body, expected, code) => {
    const response = await order(body);
    expect([response.status, await response.json()]).toEqual([expected, expect.objectContaining({ code })]);
  });

  test('has to say so', async () => {
    expect((await order('{"item":"tea"}', 'application/json')).status).toBe(415);
    expect((await fetch(`${url}/shop:order`)).status).toBe(405);
  });

  test('and is answered with a stream when the service streams, too', async () => {
    const body = '{"text":"1"}\n{"text":"2"}\n';
    const response = await fetch(`${url}/shop/corner:haggle`, { method: 'POST', body });
    // A string body is text/plain to fetch.
    expect(response.status).toBe(415);
    const headers = { 'content-type': 'application/x-ndjson' };
    const right = await fetch(`${url}/shop/corner:haggle`, { method: 'POST', body, headers });
    expect(await right.text()).toBe('{"text":"1"}\n{"text":"2"}\n{"text":"bye"}\n');
  });

  test('that leaves cancels the call', async () => {
    const request = httpRequest(`${url}/shop:order`, { method: 'POST' }).on('error', () => undefined);
    const before = [seen.ordered, seen.cancelled] as const;
    request.write('{"item":"tea"}\n');
    await eventually(() => seen.ordered === before[0] + 1);
    request.destroy();
    await eventually(() => seen.cancelled === before[1] + 1);
  });
});

describe('a call over a WebSocket', () => {
  /** Opens one; notes what comes. */
  async function connect(path: string, options: WebSocket.ClientOptions = {}, subprotocols: string[] = []) {
    const socket = new WebSocket(url.replace('http', 'ws') + path, subprotocols, options);
    const received: string[] = [];
    const closed = new Promise<{ code: number; reason: string }>((resolve) =>
      socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })),
    );
    socket.on('message', (data, isBinary) => received.push(isBinary ? 'binary' : String(data as Buffer)));
    await once(socket, 'open');
    return { socket, received, closed };
  }

  /** The status that a handshake is refused with. */
  async function refusalOf(path: string, headers = {}): Promise<number> {
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket' };
    const websocket = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13' };
    const response = await begin(path, { ...upgrade, ...websocket, ...headers });
    response.resume();
    return response.statusCode!;
  }

  test('is a conversation, which an empty message of the client ends', async () => {
    const { socket, received, closed } = await connect('/shop/corner:haggle');
    socket.send('{"text":"one"}');
    await eventually(() => received.length === 1);
    socket.send('{"text":"two"}');
    await eventually(() => received.length === 2);
    socket.send('');
    expect(await closed).toEqual({ code: 1000, reason: '' });
    expect(received).toEqual(['{"text":"one"}', '{"text":"two"}', '{"text":"bye"}']);
  });

  test('closing with 1000 says that, too', async () => {
    const before = seen.heardOut;
    const { socket } = await connect('/shop/corner:haggle');
    socket.send('{"text":"one"}');
    socket.close(1000);
    await eventually(() => seen.heardOut === before + 1);
  });

  test('leaving in another way cancels it', async () => {
    const before = seen.cancelled;
    const { socket, received } = await connect('/shop/corner:haggle');
    socket.send('{"text":"one"}');
    await eventually(() => received.length === 1);
    socket.terminate();
    await eventually(() => seen.cancelled === before + 1);
  });

  test('a service that fails closes it with its status and what it says', async () => {
    const { socket, closed } = await connect('/shop/corner:haggle');
    socket.send('{"text":"fail"}');
    const { code, reason } = await closed;
    expect(code).toBe(4000 + status.OUT_OF_RANGE);
    expect(reason).toMatch(/^GW_BAD_REQUEST: too low: é+$/);
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
  });

  test.each<[string, string | Buffer, number, RegExp]>([
    ['what is not JSON', '{"text":', 1007, /^GW_BAD_BODY: /],
    ['an unknown field', '{"tex":"t"}', 4003, /^GW_INVALID_FIELD: \/tex: /],
    ['binary', Buffer.from('{"text":"t"}'), 1003, /./],
    ['too much', JSON.stringify({ text: 'x'.repeat(200_001) }), 1009, /^/],
  ])('%s closes it', async (_, data, code, reason) => {
    const { socket, closed } = await connect('/shop/corner:haggle');
    socket.send(data);
    expect(await closed).toEqual({ code, reason: expect.stringMatching(reason) });
  });

  test('a client that streams has one answer', async () => {
    const { socket, received, closed } = await connect('/shop:order');
    for (const item of ['tea', 'milk']) socket.send(JSON.stringify({ item }));
    socket.send('');
    expect(await closed).toEqual({ code: 1000, reason: '' });
    expect(received).toEqual(['{"text":"tea,milk"}']);
  });

  test('rules hold for each message', async () => {
    const { socket, closed } = await connect('/shop:order');
    socket.send('{"item":"tea"}');
    socket.send(JSON.stringify({ item: 'x'.repeat(21) }));
    expect(await closed).toEqual({ code: 4003, reason: expect.stringMatching(/^GW_INVALID_FIELD: \/item: /) });
  });

  test('a service that streams needs no message beside the path', async () => {
    const { received, closed } = await connect('/shop/three:watch');
    expect(await closed).toEqual({ code: 1000, reason: '' });
    expect(received).toEqual(['{"text":"1"}', '{"text":"2"}', '{"text":"3"}']);
    const failed = await connect('/shop/two-and-gone:watch');
    expect(await failed.closed).toEqual({ code: 4005, reason: 'GW_NOT_FOUND: sold out' });
    expect(failed.received).toHaveLength(2);
  });

  test('is in the subprotocol of ours that the client offers', async () => {
    const { socket, received, closed } = await connect('/shop/three:watch', {}, ['other.v2', 'gateway.json.v1']);
    expect(socket.protocol).toBe('gateway.json.v1');
    expect(await closed).toEqual({ code: 1000, reason: '' });
    expect(received).toHaveLength(3);
  });

  test('has its token from a subprotocol, which the service does not see', async () => {
    const offered = ['gateway.json.v1', `gateway.bearer.${await signed()}`];
    const { socket, received, closed } = await connect('/shop/three:follow', {}, offered);
    expect(socket.protocol).toBe('gateway.json.v1');
    expect(await closed).toEqual({ code: 1000, reason: '' });
    expect(received).toHaveLength(3);
    expect(calls.at(-1)!.metadata.get('x-user-id')).toEqual(['ada']);
    expect(JSON.stringify(calls.at(-1)!.metadata.getMap())).not.toContain('bearer');
    const stranger = connect('/shop/three:follow', {}, ['gateway.json.v1', 'gateway.bearer.nonsense']);
    await expect(stranger).rejects.toThrow('Unexpected server response: 401');
  });

  test('is refused before it is open when the client offers only others', async () => {
    await expect(connect('/shop/three:watch', {}, ['other.v2'])).rejects.toThrow('Unexpected server response: 400');
  });

  test('is not compressed', async () => {
    const { socket } = await connect('/shop/stay:watch', { perMessageDeflate: true });
    expect(socket.extensions).toBe('');
    socket.terminate();
  });

  test('waits for a client that is slow, and for a service that is', async () => {
    const flood = await connect('/shop/flood:watch');
    flood.socket.pause();
    let poured = -1;
    await eventually(async () => {
      const stands = poured === seen.poured && seen.poured > 0;
      poured = seen.poured;
      await (await fetch(`${url}/shop/three:watch`)).text();
      return stands;
    });
    flood.socket.terminate();
    const { socket } = await connect('/shop/corner:haggle');
    socket.send('{"text":"sulk"}');
    const text = JSON.stringify({ text: 'x'.repeat(100_000) });
    for (let i = 0; i < 300; i++) socket.send(text);
    let waits = -1;
    await eventually(async () => {
      const stands = waits === socket.bufferedAmount && waits > 0;
      waits = socket.bufferedAmount;
      await (await fetch(`${url}/shop/three:watch`)).text();
      return stands;
    });
    expect(waits).toBeGreaterThan(10_000_000);
    // What nobody reads can't tell that its client is gone.
    socket.terminate();
    sulking[0]!.resume();
  });

  test('is for pages of the origins that may connect', async () => {
    expect(await refusalOf('/shop/corner:haggle', { origin: 'https://evil.example.com' })).toBe(403);
    const { socket } = await connect('/shop/corner:haggle', { origin: 'https://shop.example.com' });
    socket.terminate();
  });

  test('is refused like any request', async () => {
    expect(await refusalOf(`/shop/${'x'.repeat(21)}:watch`)).toBe(400);
    expect(await refusalOf('/nothing')).toBe(404);
    expect(await refusalOf('/shop/three:watch', { 'sec-websocket-version': '8' })).toBe(426);
    expect(await refusalOf('/shop/three:watch', { 'sec-websocket-key': 'short' })).toBe(400);
  });
});
