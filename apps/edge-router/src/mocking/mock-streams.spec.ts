import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get as httpGet, type IncomingMessage, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@bufbuild/protobuf';
import { eventually } from '@gateway/testing';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import WebSocket from 'ws';
import { definitionOf, type RpcEdge, startRpcEdge } from '../rpc-clients.fixture';

const SHOP = `syntax = "proto3";
package shop.v1;
import "buf/validate/validate.proto";
import "gateway/v1/policy.proto";
import "google/api/annotations.proto";
service ShopService {
  option (gateway.v1.service_policy) = { auth: { mode: NONE } mock: ALWAYS timeout: { seconds: 5 } };
  rpc Watch(Item) returns (stream Price) {
    option (google.api.http) = { get: "/shop/{item}:watch" };
  }
  rpc Late(Item) returns (stream Price) {
    option (google.api.http) = { get: "/shop/{item}:late" };
    option (gateway.v1.policy) = { timeout: { nanos: 50000000 } mock_options: { latency: { seconds: 9 } } };
  }
  rpc Ask(Item) returns (Price) {
    option (gateway.v1.policy) = { mock: ALWAYS };
  }
  rpc Order(stream Item) returns (Price) {
    option (google.api.http) = { post: "/shop:order" body: "*" };
  }
  rpc Haggle(stream Item) returns (stream Price) {
    option (google.api.http) = { post: "/shop:haggle" body: "*" };
    option (gateway.v1.policy) = { mock_options: { examples: "{\\"text\\": \\"tea\\"}" examples: "{\\"text\\": \\"jam\\"}" } };
  }
}
message Item { string item = 1 [(buf.validate.field).string.max_len = 20]; }
message Price {
  string item = 1;
  string text = 2 [(buf.validate.field).string.min_len = 3];
  string cents = 3 [(buf.validate.field).string.max_len = 9];
}
`;

const MANY = 300;
const PLAY = `rules:
  - { when: { request: { item: two-and-gone } }, answer: [{ text: one }, { text: two }], fault: { grpc: NOT_FOUND, message: sold out } }
  - { when: { request: { item: two } }, answer: [{ text: "one {call}" }, { text: "two {call}" }] }
  - { when: { request: { item: gone } }, fault: { grpc: NOT_FOUND, message: sold out } }
  - { when: { request: { item: reset } }, fault: { reset: true } }
  - { when: { request: { item: cut } }, exact: true, answer: { text: 0123456789 is long }, fault: { cut: 12 } }
  - { when: { request: { item: slow } }, exact: true, answer: [{ text: one }, { text: two }], fault: { slow: { bytes: 5, every: 2ms } }, latency: 5ms }
  - { when: { request: { item: flood } }, exact: true, answer: [${`{ text: ${'x'.repeat(3_000)} },`.repeat(MANY)}] }
`;

const stopping: (() => unknown)[] = [];
let edge: RpcEdge;
let client: Client;
let scenarios: string;

beforeAll(async () => {
  scenarios = mkdtempSync(join(tmpdir(), 'stream-scenarios-'));
  stopping.push(() => rmSync(scenarios, { recursive: true }));
  writeFileSync(join(scenarios, 'play.yaml'), PLAY);
  edge = await startRpcEdge(SHOP, () => ({}), { EDGE_MOCK_SCENARIOS: scenarios });
  client = new Client(edge.secure, credentials.createSsl(Buffer.from(edge.ca)));
  stopping.push(() => edge.stop());
}, 60_000);

afterAll(async () => {
  client.close();
  for (const stop of stopping) await stop();
});

const PLAYED = { 'x-mock-scenario': 'play' };
const parsed = (lines: string[]) => lines.map((line) => JSON.parse(line) as JsonObject);
const linesOf = async (response: Response) => parsed((await response.text()).trim().split('\n'));
const get = (path: string, headers: Record<string, string> = {}) => fetch(edge.http + path, { headers });

/** A message of Connect or gRPC-Web: flags, length, JSON. */
function framed(message: object): Buffer {
  const json = Buffer.from(JSON.stringify(message));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(json.length, 1);
  return Buffer.concat([head, json]);
}

/** What of an answer arrives over HTTP/1.1 before its connection breaks, and how that shows; null: not even its head. */
function brokenAnswer(path: string, type?: string, body?: Buffer) {
  const headers = { ...PLAYED, ...(type !== undefined && { 'content-type': type }) };
  const request = httpRequest(edge.http + path, { method: body === undefined ? 'GET' : 'POST', headers });
  return new Promise<{ status: number | null; length: number; code: string | undefined }>((resolve, reject) => {
    request.on('error', ({ code }: NodeJS.ErrnoException) => resolve({ status: null, length: 0, code }));
    request.on('response', (response) => {
      let length = 0;
      response
        .on('data', (chunk: Buffer) => (length += chunk.length))
        .on('end', () => reject(new Error('it is whole')));
      response.on('error', ({ code }: NodeJS.ErrnoException) =>
        resolve({ status: response.statusCode ?? null, length, code }),
      );
    });
    request.end(body);
  });
}

test('nothing is said to be without effect', async () => {
  const { problems } = (await edge.admin('/routes')) as { problems: object[] };
  expect(problems).toEqual([]);
  const { routes } = (await edge.admin('/mocks')) as { routes: { route: string; mocking: string }[] };
  expect(routes.map(({ route, mocking }) => [route.split('.').at(-1), mocking])).toEqual(
    ['Watch', 'Late', 'Ask', 'Order', 'Haggle'].map((name) => [name, 'policy']),
  );
});

describe('a service that streams, over HTTP', () => {
  test('is made up in lines and in events', async () => {
    const lines = await get('/shop/tea:watch');
    expect([lines.headers.get('x-mock'), lines.headers.get('content-type')]).toEqual([
      'contract',
      'application/x-ndjson',
    ]);
    const made = await linesOf(lines);
    expect(made.map(({ item }) => item)).toEqual(['tea', 'tea', 'tea']);
    expect(await linesOf(await get('/shop/tea:watch'))).toEqual(made);
    const events = await get('/shop/two:watch', { ...PLAYED, accept: 'text/event-stream' });
    expect([events.headers.get('x-mock'), events.headers.get('content-type')]).toEqual([
      'scenario',
      'text/event-stream',
    ]);
    expect(await events.text()).toMatch(/id: 1\ndata: .*"one \d".*\n\nid: 2\ndata: .*"two \d"/);
  });

  test('fails before its first message, or in the middle', async () => {
    const refused = await get('/shop/gone:watch', PLAYED);
    expect([refused.status, refused.headers.get('x-mock')]).toEqual([404, 'scenario']);
    expect(await refused.json()).toMatchObject({ code: 'GW_NOT_FOUND', detail: 'sold out' });
    const [one, two, last] = await linesOf(await get('/shop/two-and-gone:watch', PLAYED));
    expect([one!['text'], two!['text']]).toEqual(['one', 'two']);
    expect(last).toMatchObject({ error: { code: 'GW_NOT_FOUND', detail: 'sold out' } });
    const preferred = await get('/shop/tea:watch', { prefer: 'code=404' });
    expect([preferred.status, preferred.headers.get('preference-applied')]).toEqual([404, 'code=404']);
    expect((await get('/shop/tea:watch', { 'x-mock-scenario': 'nope' })).status).toBe(400);
    const late = await get('/shop/tea:late');
    expect([late.status, late.headers.get('x-mock')]).toEqual([504, 'contract']);
  });

  test('breaks off, or takes its time', async () => {
    expect(await brokenAnswer('/shop/reset:watch')).toEqual({ status: null, length: 0, code: 'ECONNRESET' });
    expect(await brokenAnswer('/shop/cut:watch')).toEqual({ status: 200, length: 12, code: 'ECONNRESET' });
    expect(await linesOf(await get('/shop/slow:watch', PLAYED))).toEqual([
      { item: '', text: 'one', cents: '' },
      { item: '', text: 'two', cents: '' },
    ]);
  });

  test('comes whole, unless the client leaves', async () => {
    const request = httpGet(`${edge.http}/shop/flood:watch`, { headers: PLAYED });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.on('error', () => undefined);
    await once(response, 'data');
    response.destroy();
    expect(await linesOf(await get('/shop/flood:watch', PLAYED))).toHaveLength(MANY);
  });
});

describe('a client that streams, over HTTP', () => {
  const post = (path: string, said: object[], headers: Record<string, string> = {}) =>
    fetch(edge.http + path, {
      method: 'POST',
      body: said.map((each) => `${JSON.stringify(each)}\n`).join(''),
      headers: { 'content-type': 'application/x-ndjson', ...headers },
    });

  test('is answered when it has said everything, by what it said first', async () => {
    const response = await post('/shop:order', [{ item: 'tea' }, { item: 'milk' }]);
    expect([response.status, response.headers.get('x-mock')]).toEqual([200, 'contract']);
    expect(await response.json()).toMatchObject({ item: 'tea' });
    expect((await post('/shop:order', [])).status).toBe(200);
    expect((await post('/shop:order', [{ item: 'tea' }, { item: 'x'.repeat(21) }])).status).toBe(400);
    expect((await post('/shop:order', [{ item: 'gone' }], PLAYED)).status).toBe(404);
    const broken = post('/shop:order', [{ item: 'cut' }], PLAYED);
    await expect(broken.then((answer) => answer.text())).rejects.toThrow();
    expect((await post('/shop:order', [{ item: 'two' }], PLAYED)).status).toBe(200);
  });

  test('is answered message by message when the service streams, too', async () => {
    const said = Array.from({ length: 50 }, (_, nth) => ({ item: `i${nth}` }));
    const response = await post('/shop:haggle', said, { prefer: 'example=1' });
    expect(['x-mock', 'preference-applied'].map((name) => response.headers.get(name))).toEqual([
      'example',
      'example=1',
    ]);
    expect((await linesOf(response)).map(({ text }) => text)).toEqual(said.map(() => 'jam'));
  });
});

async function connect(path: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(edge.http.replace('http', 'ws') + path, { headers });
  const received: string[] = [];
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })),
  );
  socket.on('message', (data) => received.push(String(data as Buffer))).on('error', () => undefined);
  const [response] = (await once(socket, 'upgrade')) as [IncomingMessage];
  if (socket.readyState === WebSocket.CONNECTING) await once(socket, 'open');
  return { socket, received, closed, source: response.headers['x-mock'] };
}

describe('over a WebSocket', () => {
  test('a service streams', async () => {
    const { received, closed, source } = await connect('/shop/tea:watch');
    expect([source, await closed]).toEqual(['contract', { code: 1000, reason: '' }]);
    expect(parsed(received).map(({ item }) => item)).toEqual(['tea', 'tea', 'tea']);
    const gone = await connect('/shop/two-and-gone:watch', PLAYED);
    expect([gone.source, await gone.closed]).toEqual(['scenario', { code: 4005, reason: 'GW_NOT_FOUND: sold out' }]);
    expect(parsed(gone.received).map(({ text }) => text)).toEqual(['one', 'two']);
  });

  test('a client streams, and is answered when it has said everything', async () => {
    const { socket, received, closed } = await connect('/shop:order');
    for (const item of ['tea', 'milk']) socket.send(JSON.stringify({ item }));
    socket.ping();
    await once(socket, 'pong');
    expect(received).toEqual([]);
    socket.send('');
    expect((await closed).code).toBe(1000);
    expect(parsed(received)).toEqual([expect.objectContaining({ item: 'tea' })]);
  });

  test('both stream, an answer for each message unless the scenario has others', async () => {
    const { socket, received, closed, source } = await connect('/shop:haggle', PLAYED);
    expect(source).toBe('scenario');
    socket.send('{"item":"tea"}');
    await eventually(() => received.length === 1);
    socket.send('{"item":"two"}');
    await eventually(() => received.length === 3);
    expect(parsed(received.slice(1)).map(({ text }) => String(text).slice(0, 3))).toEqual(['one', 'two']);
    socket.send('{"item":"gone"}');
    expect(await closed).toEqual({ code: 4005, reason: 'GW_NOT_FOUND: sold out' });
    expect(received).toHaveLength(3);
  });

  test.each(['reset', 'cut'])('the connection breaks in the middle by %s', async (item) => {
    const { socket, received, closed } = await connect('/shop:haggle', PLAYED);
    socket.send('{"item":"tea"}');
    await eventually(() => received.length === 1);
    socket.send(JSON.stringify({ item }));
    expect((await closed).code).toBe(1006);
    expect(received).toHaveLength(1);
  });

  test('ends when the client leaves', async () => {
    const { socket, closed } = await connect('/shop:haggle', PLAYED);
    socket.close();
    expect((await closed).code).toBe(1005);
  });
});

test.each(['application/grpc-web+json', 'application/connect+json'])('the connection breaks to %s', async (type) => {
  const answer = (item: string) => brokenAnswer('/shop.v1.ShopService/Watch', type, framed({ item }));
  expect(await answer('reset')).toEqual({ status: null, length: 0, code: 'ECONNRESET' });
  expect(await answer('cut')).toEqual({ status: 200, length: 12, code: 'ECONNRESET' });
});

test('one message of RPC is late or lost as a whole', async () => {
  const ask = (item: string) =>
    fetch(`${edge.http}/shop.v1.ShopService/Ask`, {
      method: 'POST',
      body: JSON.stringify({ item }),
      headers: { 'content-type': 'application/json', ...PLAYED },
    });
  expect(await (await ask('slow')).json()).toMatchObject({ text: 'one' });
  const lost = await ask('reset');
  expect([lost.status, await lost.json()]).toEqual([503, expect.objectContaining({ code: 'unavailable' })]);
});

const definition = (name: string) => definitionOf(edge.service.methods.find((method) => method.name === name)!);
const metadataOf = (fields: Record<string, string>) => {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(fields)) metadata.set(name, value);
  return metadata;
};

interface Heard {
  readonly said: JsonObject[];
  readonly headers: Metadata;
  readonly error: ServiceError | null;
}

function heard(call: NodeJS.ReadableStream): Promise<Heard> {
  const said: JsonObject[] = [];
  let headers = new Metadata();
  call.on('metadata', (fields: Metadata) => (headers = fields));
  call.on('data', (message: JsonObject) => said.push(message));
  return new Promise((resolve) => {
    call.on('error', (error: ServiceError) => resolve({ said, headers, error }));
    call.on('end', () => resolve({ said, headers, error: null }));
  });
}

function watch(item: string, fields: Record<string, string> = {}, name = 'Watch', deadlineMs = 5_000) {
  const { path, requestSerialize, responseDeserialize } = definition(name);
  const options = { deadline: Date.now() + deadlineMs };
  return heard(
    client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { item }, metadataOf(fields), options),
  );
}

function order(items: string[]) {
  const { path, requestSerialize, responseDeserialize } = definition('Order');
  return new Promise<JsonObject | undefined>((resolve, reject) => {
    const call = client.makeClientStreamRequest<JsonObject, JsonObject>(
      path,
      requestSerialize,
      responseDeserialize,
      (error, response) => (error === null ? resolve(response) : reject(error)),
    );
    for (const item of items) call.write({ item });
    call.end();
  });
}

function haggle(fields: Record<string, string> = {}) {
  const { path, requestSerialize, responseDeserialize } = definition('Haggle');
  const call = client.makeBidiStreamRequest<JsonObject, JsonObject>(
    path,
    requestSerialize,
    responseDeserialize,
    metadataOf(fields),
  );
  return { call, all: heard(call) };
}

describe('to a gRPC client', () => {
  test('a service streams', async () => {
    const { said, headers, error } = await watch('tea');
    expect([headers.get('x-mock'), error]).toEqual([['contract'], null]);
    expect(said.map(({ item }) => item)).toEqual(['tea', 'tea', 'tea']);
    const gone = await watch('two-and-gone', PLAYED);
    expect([gone.said.length, gone.error?.code]).toEqual([2, status.NOT_FOUND]);
    expect((await watch('gone', PLAYED)).error?.code).toBe(status.NOT_FOUND);
    expect((await watch('tea', {}, 'Late')).error?.code).toBe(status.DEADLINE_EXCEEDED);
  });

  test('the connection breaks: RST_STREAM with INTERNAL_ERROR, before its head or in a message', async () => {
    const reset = await watch('reset', PLAYED);
    expect([reset.said, reset.error?.code, reset.headers.get('x-mock')]).toEqual([[], status.INTERNAL, []]);
    expect(reset.error?.details).toMatch(/RST_STREAM with code 2/);
    const cut = await watch('cut', PLAYED);
    expect([cut.said, cut.error?.code, cut.headers.get('x-mock')]).toEqual([[], status.INTERNAL, ['scenario']]);
    // The one answer of a unary method is lost as a whole: there a client is told that nobody was there.
    const { path, requestSerialize, responseDeserialize } = definition('Ask');
    const lost = await new Promise<ServiceError | null>((resolve) =>
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        { item: 'reset' },
        metadataOf(PLAYED),
        resolve,
      ),
    );
    expect(lost).toMatchObject({ code: status.UNAVAILABLE, details: 'a scenario broke the connection' });
  });

  test('a client streams', async () => {
    expect(await order(['tea', 'milk'])).toMatchObject({ item: 'tea' });
  });

  test('both stream', async () => {
    const { call, all } = haggle(PLAYED);
    call.write({ item: 'tea' });
    await once(call, 'data');
    call.write({ item: 'two' });
    call.end();
    const { said, error, headers } = await all;
    expect([said.length, error, headers.get('x-mock')]).toEqual([3, null, ['scenario']]);
  });
});

describe('recorded from a service', () => {
  const METHODS = ['Watch', 'Order', 'Haggle'].map((name) => `shop.v1.ShopService.${name}`);
  const tell = async (path: string, body: object) =>
    expect(await edge.admin(`/mocks/${path}`, body)).toHaveProperty('route');

  /** The messages without what ends them: metadata isn't recorded. */
  const rpc = async (type: string, item: string) => {
    const call = { method: 'POST', body: framed({ item }), headers: { 'content-type': type } };
    const response = await fetch(`${edge.http}/shop.v1.ShopService/Watch`, call);
    return (await response.text()).match(/\{"item"[^}]*\}/g);
  };

  const post = async (path: string, items: string[]) => {
    const body = items.map((item) => `${JSON.stringify({ item })}\n`).join('');
    return (
      await fetch(edge.http + path, { method: 'POST', body, headers: { 'content-type': 'application/x-ndjson' } })
    ).text();
  };

  async function overSocket(items: string[]): Promise<unknown> {
    const { socket, received, closed } = await connect('/shop:haggle');
    for (const [nth, item] of items.entries()) {
      socket.send(JSON.stringify({ item }));
      await eventually(() => received.length === nth + 1);
    }
    socket.send('');
    return { ...(await closed), received };
  }

  /** What clients of every kind are told. */
  async function everything(): Promise<unknown[]> {
    const { call, all } = haggle();
    call.write({ item: 'g1' });
    await once(call, 'data');
    call.write({ item: 'g2' });
    call.end();
    const failing = await watch('fails');
    return [
      await linesOf(await get('/shop/lines:watch')),
      await (await get('/shop/events:watch', { accept: 'text/event-stream' })).text(),
      await rpc('application/grpc-web+json', 'web'),
      await rpc('application/connect+json', 'connect'),
      (await watch('grpc')).said,
      [failing.said, failing.error?.code],
      await order(['o1', 'o2', 'o3']),
      await post('/shop:order', ['p1', 'p2']),
      await post('/shop:haggle', ['h1']),
      await overSocket(['s1', 's2', 's1']),
      (await all).said,
    ];
  }

  test('streams are replayed as they were, when it is gone', async () => {
    for (const method of METHODS) {
      await tell(`routes/${method}`, { on: false });
      await tell(`routes/${method}/record`, { calls: 50 });
    }
    const first = await everything();
    const three = ['1', '2', '3'].map((cents) => ({ cents }));
    expect(first.slice(4, 7)).toEqual([three, [three, status.ABORTED], { cents: '3' }]);
    edge.stopService();
    // The calls that end with the service have nothing to tell of it.
    const tapes = await Promise.all(
      METHODS.map(async (method) => (await fetch(`${edge.adminUrl}/mocks/routes/${method}/recorded`)).text()),
    );
    for (const [nth, method] of METHODS.entries()) {
      writeFileSync(join(scenarios, `${nth}.yaml`), tapes[nth]!);
      await eventually(() => tell(`routes/${method}`, { on: true, scenario: `recorded-${method}` }));
    }
    expect((await get('/shop/lines:watch', { 'x-mock-session': 'other' })).headers.get('x-mock')).toBe('scenario');
    expect(await everything()).toEqual(first);
  });
});
