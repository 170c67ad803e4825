import { connect as connectHttp2 } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { create, fromBinary, type JsonObject, type Message, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { anyPack, anyUnpack, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import {
  compressionGzip,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { createGrpcWebTransport as createFetchTransport } from '@connectrpc/connect-web';
import { compileContract, googleRpc, grpcHealthV1, policy, reflectionV1, RpcStatusSchema } from '@gateway/contracts';
import { frame } from '@gateway/rpc-protocols';
import { grpcWebText } from '@gateway/testing';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { definitionOf, type RpcEdge, type ServiceAnswer, type ServiceCall, startRpcEdge } from './rpc-clients.fixture';
import { FileCollection } from './snapshot/reflection/file-collection';

const SHOP = `syntax = "proto3";
package shop.v1;
import "buf/validate/validate.proto";
import "gateway/v1/policy.proto";
import "google/api/annotations.proto";
import "google/api/httpbody.proto";
service ShopService {
  option (gateway.v1.service_policy) = {
    auth: { mode: NONE }
    cors: { origins: ["https://app.example", "https://*.pages.example"] max_age: { seconds: 600 } }
  };
  rpc Buy(BuyRequest) returns (BuyResponse) {
    option (google.api.http) = { post: "/shop/{item}" body: "*" };
  }
  rpc Price(PriceRequest) returns (PriceResponse) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (gateway.v1.policy) = { cache: { ttl: { seconds: 60 } } };
  }
  rpc Scarce(PriceRequest) returns (PriceResponse) {
    option (gateway.v1.policy) = {
      rate_limits: { name: "one" requests: 1 window: { seconds: 60 } by: ["ip"] }
    };
  }
  rpc Guarded(PriceRequest) returns (PriceResponse) {
    option (gateway.v1.policy) = { auth: { mode: REQUIRED } };
  }
  rpc Quick(PriceRequest) returns (PriceResponse) {
    option (gateway.v1.policy) = { max_body_bytes: 1000 timeout: { seconds: 5 } };
  }
  rpc Planned(PriceRequest) returns (PriceResponse) {
    option (gateway.v1.policy) = { mock: ALWAYS mock_options: { examples: "{\\"cents\\": \\"9\\"}" } };
  }
  rpc Watch(PriceRequest) returns (stream PriceResponse) {
    option (gateway.v1.policy) = { timeout: { seconds: 1 } };
  }
  rpc Fill(stream PriceRequest) returns (PriceResponse) {
    option (gateway.v1.policy) = { max_body_bytes: 100 };
  }
  rpc Chat(stream PriceRequest) returns (stream PriceResponse) {
    option (gateway.v1.policy) = { max_body_bytes: 100 };
  }
  rpc Paint(google.api.HttpBody) returns (google.api.HttpBody) {
    option (gateway.v1.policy) = {};
  }
  rpc Internal(PriceRequest) returns (PriceResponse);
}
// For insiders.
service StockService {
  rpc Count(PriceRequest) returns (PriceResponse) {
    option (gateway.v1.policy) = { auth: { mode: NONE } mock: ALWAYS };
  }
}
service LedgerService {
  rpc Close(PriceRequest) returns (PriceResponse);
}
message BuyRequest { string item = 1; int32 line_count = 2 [(buf.validate.field).int32.gt = 0]; }
message BuyResponse { string receipt = 1; int64 cents = 2; }
message PriceRequest { string item = 1 [(buf.validate.field).string.max_len = 20]; }
message PriceResponse { int64 cents = 1; }
`;

let edge: RpcEdge;
let answer: (call: ServiceCall) => ServiceAnswer;
let client: Client;

beforeAll(async () => {
  edge = await startRpcEdge(SHOP, (call) => answer(call));
  client = new Client(edge.secure, credentials.createSsl(Buffer.from(edge.ca)));
}, 60_000);

afterAll(async () => {
  client.close();
  await edge.stop();
});

/** Answers that show what was asked. */
const ANSWERS: Record<string, (request: JsonObject) => JsonObject> = {
  Buy: ({ item }) => ({ receipt: `r-${String(item)}`, cents: '7' }),
};

beforeEach(() => {
  answer = ({ method, request }) => ({ response: ANSWERS[method]?.(request) ?? { cents: '3' } });
});

interface GrpcEnd {
  readonly response?: JsonObject;
  readonly error?: ServiceError;
  readonly headers: Metadata;
  readonly trailers: Metadata;
}

/** Calls as a gRPC client does. */
function grpc(name: string, request: JsonObject, metadata = new Metadata(), deadlineMs = 5_000): Promise<GrpcEnd> {
  const method = edge.service.methods.find((each) => each.name === name)!;
  const { path, requestSerialize, responseDeserialize } = definitionOf(method);
  return new Promise((resolve) => {
    let headers = new Metadata();
    let trailers = new Metadata();
    let end: Pick<GrpcEnd, 'response' | 'error'> = {};
    const call = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      metadata,
      { deadline: Date.now() + deadlineMs },
      (error, response) => (end = error === null ? { response } : { error }),
    );
    call.on('metadata', (fields) => (headers = fields));
    call.on('status', ({ metadata: fields }) => {
      trailers = fields;
      setImmediate(() => resolve({ ...end, headers, trailers }));
    });
  });
}

/** The details of an error as a gRPC client finds them. */
function detailsOf({ metadata }: ServiceError): Record<string, unknown>[] {
  const [bytes] = metadata.get('grpc-status-details-bin') as Buffer[];
  return fromBinary(RpcStatusSchema, bytes!).details.map((any) => ({ ...unpack(any) }));
}

const DETAILS = [googleRpc.ErrorInfoSchema, googleRpc.BadRequestSchema, googleRpc.RetryInfoSchema];
const unpack = (any: Parameters<typeof anyUnpack>[0]): Message =>
  DETAILS.map((schema) => anyUnpack(any, schema)).find((message) => message !== undefined)!;

/** The methods of the shop, as a client of @connectrpc has them. */
type Shop = Record<
  string,
  (request: object, options?: object) => Promise<Message & { receipt?: string; cents: bigint }>
>;
const shopOver = (transport: Transport): Shop => createClient(edge.service, transport) as unknown as Shop;

const TRANSPORTS: [string, () => Transport][] = [
  ['gRPC', () => createGrpcTransport(secure())],
  ['gRPC with JSON', () => createGrpcTransport({ ...secure(), useBinaryFormat: false })],
  ['gRPC-Web over HTTP/2', () => createGrpcWebTransport({ ...secure(), httpVersion: '2' })],
  ['gRPC-Web over HTTP/1.1', () => createGrpcWebTransport({ baseUrl: edge.http, httpVersion: '1.1' })],
  ['gRPC-Web over fetch', () => createFetchTransport({ baseUrl: edge.http })],
  ['gRPC-Web as text', webText],
  ['Connect', () => createConnectTransport({ ...secure(), httpVersion: '2', useBinaryFormat: true })],
  [
    'Connect with JSON',
    () => createConnectTransport({ baseUrl: edge.http, httpVersion: '1.1', useBinaryFormat: false }),
  ],
  ['Connect with GET', () => createConnectTransport({ baseUrl: edge.http, httpVersion: '1.1', useHttpGet: true })],
  ['Connect, compressed', () => createConnectTransport({ baseUrl: edge.http, httpVersion: '1.1', ...compressed() })],
  ['gRPC, compressed', () => createGrpcTransport({ ...secure(), ...compressed() })],
];
function webText(): Transport {
  return createFetchTransport({ baseUrl: edge.http, fetch: grpcWebText() });
}
const secure = () => ({ baseUrl: `https://${edge.secure}`, nodeOptions: { ca: edge.ca } });
const compressed = () => ({ sendCompression: compressionGzip, compressMinBytes: 0 });

describe.each(TRANSPORTS)('a client of %s', (_name, transport) => {
  test('calls, with metadata both ways', async () => {
    answer = () => ({
      response: { receipt: 'r', cents: '7' },
      headers: { 'x-shelf': 'b4', 'x-user-id': 'root', 'x-blob-bin': Buffer.of(1, 2) },
      trailers: { 'x-took': '1', secret: 's' },
    });
    let headers = new Headers();
    let trailers = new Headers();
    const options = {
      onHeader: (fields: Headers) => (headers = fields),
      onTrailer: (fields: Headers) => (trailers = fields),
      timeoutMs: 4_000,
    };
    expect(await shopOver(transport())['buy']!({ item: 'tea', lineCount: 2 }, options)).toMatchObject({
      receipt: 'r',
      cents: 7n,
    });
    const call = edge.calls.at(-1)!;
    expect(call.request).toEqual({ item: 'tea', lineCount: 2 });
    expect(call.metadata.getMap()).toMatchObject({ 'x-request-id': headers.get('x-request-id') });
    expect(call.deadline - Date.now()).toBeLessThanOrEqual(4_000);
    expect([headers.get('x-shelf'), headers.get('x-user-id')]).toEqual(['b4', null]);
    expect(Buffer.from(headers.get('x-blob-bin')!, 'base64')).toEqual(Buffer.of(1, 2));
    expect([trailers.get('x-took'), trailers.get('secret')]).toEqual(['1', null]);
  });

  test('is told what is wrong with its message', async () => {
    const error = await shopOver(transport())['buy']!({ item: 'tea' }).catch(ConnectError.from);
    expect(error).toMatchObject({ code: Code.InvalidArgument });
    const [info] = (error as ConnectError).findDetails(googleRpc.ErrorInfoSchema);
    expect(info).toMatchObject({ reason: 'GW_INVALID_FIELD', domain: 'gateway' });
    const [bad] = (error as ConnectError).findDetails(googleRpc.BadRequestSchema);
    expect(bad!.fieldViolations).toMatchObject([{ field: 'line_count', reason: 'int32.gt' }]);
  });

  test("gets a service's status and details as they are", async () => {
    answer = () => ({
      error: { code: status.DATA_LOSS, details: 'internals' },
      trailers: { 'grpc-status-details-bin': outOfTea() },
    });
    const error = await shopOver(transport())['buy']!({ item: 'tea', lineCount: 1 }).catch(ConnectError.from);
    expect(error).toMatchObject({ code: Code.DataLoss, rawMessage: 'The service reported an error' });
    expect((error as ConnectError).details).toHaveLength(2);
    expect((error as ConnectError).findDetails(googleRpc.HelpSchema)).toMatchObject([
      { links: [{ url: 'https://tea' }] },
    ]);
  });

  test('is refused without a credential, and past its limit', async () => {
    const shop = shopOver(transport());
    await expect(shop['guarded']!({})).rejects.toMatchObject({ code: Code.Unauthenticated });
    await shop['scarce']!({}).catch(() => undefined);
    const refused = ConnectError.from(await shop['scarce']!({}).catch((error: unknown) => error));
    expect(refused.code).toBe(Code.ResourceExhausted);
    expect(refused.findDetails(googleRpc.RetryInfoSchema)[0]!.retryDelay!.seconds).toBeGreaterThan(0n);
  });

  test('has content as a message like any other', async () => {
    answer = ({ request }) => ({ response: request });
    const paint = shopOver(transport())['paint'] as unknown as (request: object) => Promise<object>;
    const content = { contentType: 'image/png', data: Uint8Array.of(0x7b, 0xff) };
    expect(await paint(content)).toMatchObject(content);
    expect(edge.calls.at(-1)!.request).toEqual({ contentType: 'image/png', data: 'e/8=' });
  });

  test('finds neither what is not exposed nor what does not exist', async () => {
    await expect(shopOver(transport())['internal']!({})).rejects.toMatchObject({ code: Code.Unimplemented });
  });
});

/** Streaming methods as a client of @connectrpc has them. */
type Streams = Record<string, (request: unknown, options?: object) => AsyncIterable<{ cents: bigint }>>;

async function* said(...items: string[]): AsyncGenerator<{ item: string }> {
  for (const item of items) yield { item };
}

const STREAMING: [string, () => Transport][] = [
  ['gRPC', () => createGrpcTransport(secure())],
  ['gRPC with JSON', () => createGrpcTransport({ ...secure(), useBinaryFormat: false })],
  ['gRPC-Web', () => createGrpcWebTransport({ ...secure(), httpVersion: '2' })],
  ['Connect', () => createConnectTransport({ ...secure(), httpVersion: '2' })],
  ['Connect, compressed', () => createConnectTransport({ ...secure(), httpVersion: '2', ...compressed() })],
];

describe.each(STREAMING)('a client of %s that streams', (_name, transport) => {
  const streams = () => createClient(edge.service, transport()) as unknown as Streams;

  test("gets a service's messages, and behind them how the call ended", async () => {
    const cents: bigint[] = [];
    let trailers = new Headers();
    const onTrailer = (fields: Headers) => (trailers = fields);
    for await (const message of streams()['watch']!({ item: 'tea' }, { onTrailer })) cents.push(message.cents);
    expect([cents, trailers.get('x-took')]).toEqual([[1n, 2n, 3n], '3']);
    cents.length = 0;
    const failing = async () => {
      for await (const message of streams()['watch']!({ item: 'fails' })) cents.push(message.cents);
    };
    await expect(failing()).rejects.toMatchObject({ code: Code.Aborted, rawMessage: 'half way' });
    expect(cents).toEqual([1n, 2n, 3n]);
  });

  test('is refused before the first message by rules, and by a service that stays silent', async () => {
    const watch = (item: string) => streams()['watch']!({ item })[Symbol.asyncIterator]().next();
    await expect(watch('x'.repeat(21))).rejects.toMatchObject({ code: Code.InvalidArgument });
    await expect(watch('endless')).rejects.toMatchObject({ code: Code.DeadlineExceeded });
  });

  test('sends any number of messages, each by the rules', async () => {
    const fill = (...items: string[]) => streams()['fill']!(said(...items)) as unknown as Promise<{ cents: bigint }>;
    expect(await fill('a', 'b')).toMatchObject({ cents: 2n });
    await expect(fill('a', 'x'.repeat(21))).rejects.toMatchObject({ code: Code.InvalidArgument });
    await expect(fill('a', 'x'.repeat(101))).rejects.toMatchObject({ code: Code.ResourceExhausted });
  });

  test('speaks and hears at a time', async () => {
    const heard: bigint[] = [];
    let hear = (): void => undefined;
    async function* speaking() {
      for (const item of ['1', '2', '3']) {
        const answered = new Promise<void>((resolve) => (hear = resolve));
        yield { item };
        // Nothing is said before the last word was answered.
        await answered;
      }
    }
    for await (const { cents } of streams()['chat']!(speaking())) {
      heard.push(cents);
      hear();
    }
    expect(heard).toEqual([1n, 2n, 3n]);
  });
});

test("a client of gRPC-Web as text gets a service's messages, each in base64 of its own", async () => {
  const cents: bigint[] = [];
  let trailers = new Headers();
  const onTrailer = (fields: Headers) => (trailers = fields);
  const streams = createClient(edge.service, webText()) as unknown as Streams;
  for await (const message of streams['watch']!({ item: 'tea' }, { onTrailer })) cents.push(message.cents);
  expect([cents, trailers.get('x-took')]).toEqual([[1n, 2n, 3n], '3']);
  const failing = async () => {
    for await (const { cents: last } of streams['watch']!({ item: 'fails' })) cents.push(last);
  };
  await expect(failing()).rejects.toMatchObject({ code: Code.Aborted, rawMessage: 'half way' });
  expect(cents).toEqual([1n, 2n, 3n, 1n, 2n, 3n]);
});

test('a method of which both sides stream needs HTTP/2, and a stream a protocol that has them', async () => {
  const ask = async (method: string, type: string) =>
    (
      await fetch(`${edge.http}/shop.v1.ShopService/${method}`, {
        method: 'POST',
        body: '',
        headers: { 'content-type': type },
      })
    ).status;
  expect(await ask('Chat', 'application/connect+json')).toBe(505);
  expect(await ask('Watch', 'application/json')).toBe(415);
  expect(await ask('Fill', 'application/grpc-web-text')).toBe(415);
});

/** A service's details: one that anybody may see, one with fields, one that nobody may. */
function outOfTea(): Buffer {
  const details = [
    anyPack(googleRpc.HelpSchema, create(googleRpc.HelpSchema, { links: [{ url: 'https://tea' }] })),
    anyPack(
      googleRpc.BadRequestSchema,
      create(googleRpc.BadRequestSchema, { fieldViolations: [{ field: 'line_count', description: 'too many' }] }),
    ),
    anyPack(googleRpc.DebugInfoSchema, create(googleRpc.DebugInfoSchema, { stackEntries: ['at tea.ts'] })),
  ];
  return Buffer.from(toBinary(RpcStatusSchema, create(RpcStatusSchema, { code: 15, details })));
}

describe('a client of grpc-js', () => {
  test('calls', async () => {
    const { response, headers } = await grpc('Buy', { item: 'tea', lineCount: 1 });
    expect(response).toEqual({ receipt: 'r-tea', cents: '7' });
    expect(headers.get('x-content-type-options')).toEqual(['nosniff']);
  });

  test('finds every refusal in the status', async () => {
    const { error } = await grpc('Guarded', {});
    expect(error).toMatchObject({ code: status.UNAUTHENTICATED, details: 'A valid credential is required' });
    expect(detailsOf(error!)).toMatchObject([{ reason: 'GW_UNAUTHENTICATED', domain: 'gateway' }]);
    expect((await grpc('Internal', {})).error).toMatchObject({ code: status.UNIMPLEMENTED });
  });

  test('ends its calls when it says, and not later than the route does', async () => {
    await grpc('Quick', {}, undefined, 2_000);
    expect(edge.calls.at(-1)!.deadline - Date.now()).toBeLessThanOrEqual(2_000);
    await grpc('Quick', {}, undefined, 60_000);
    expect(edge.calls.at(-1)!.deadline - Date.now()).toBeLessThanOrEqual(5_000);
  });

  test('gets an answer from the contract where the policy says so', async () => {
    const { response, headers } = await grpc('Planned', {});
    expect([response, headers.get('x-mock')]).toEqual([{ cents: '9' }, ['example']]);
    expect(edge.calls.filter(({ method }) => method === 'Planned')).toEqual([]);
  });

  test('shares the cache with clients of the other protocols', async () => {
    const calls = edge.calls.length;
    const request = { item: 'shared' };
    const statuses = [];
    for (const [, transport] of TRANSPORTS) {
      let hit: string | null = null;
      const onHeader = (fields: Headers) => (hit = fields.get('cache-status'));
      expect(await shopOver(transport())['price']!(request, { onHeader })).toMatchObject({ cents: 3n });
      statuses.push(hit);
    }
    expect(edge.calls.length).toBe(calls + 1);
    expect(statuses[0]).toMatch(/miss; stored/);
    expect(statuses.slice(1).every((hit) => /hit/.test(String(hit)))).toBe(true);
  });
});

/** Posts bytes over HTTP/2, as no well-behaved client would. */
async function post(path: string, body: Buffer, headers: Record<string, string>) {
  const session = connectHttp2(`https://${edge.secure}`, { ca: edge.ca });
  try {
    const stream = session.request({ ':method': 'POST', ':path': path, te: 'trailers', ...headers });
    stream.end(body);
    let fields: Record<string, unknown> = {};
    stream.on('response', (head) => (fields = { ...fields, ...head }));
    stream.on('trailers', (trailers) => (fields = { ...fields, ...trailers }));
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return { fields, body: Buffer.concat(chunks) };
  } finally {
    session.destroy();
  }
}

const GRPC = { 'content-type': 'application/grpc' };
const QUICK = '/shop.v1.ShopService/Quick';
const MESSAGE = Buffer.from([0x0a, 1, 0x61]);

describe('a hostile client', () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  const cases: [string, Buffer, Record<string, string>, number][] = [
    ['two messages', Buffer.concat([frame(0, MESSAGE), frame(0, MESSAGE)]), {}, status.INVALID_ARGUMENT],
    ['no message', Buffer.alloc(0), {}, status.INVALID_ARGUMENT],
    ['half a message', frame(0, MESSAGE).subarray(0, 6), {}, status.INVALID_ARGUMENT],
    ['a message that is none', frame(0, Buffer.of(0xff)), {}, status.INVALID_ARGUMENT],
    ['a length without bytes', Buffer.from([0, 0xff, 0xff, 0xff, 0xff]), {}, status.RESOURCE_EXHAUSTED],
    ['a large message', frame(0, Buffer.alloc(1_001)), {}, status.RESOURCE_EXHAUSTED],
    ['a body without end', Buffer.alloc(10_000), {}, status.RESOURCE_EXHAUSTED],
    ['a bomb', frame(1, bomb.subarray(0, 990)), { 'grpc-encoding': 'gzip' }, status.RESOURCE_EXHAUSTED],
    ['no gzip', frame(1, MESSAGE), { 'grpc-encoding': 'gzip' }, status.INVALID_ARGUMENT],
    ['an unknown compression', frame(1, MESSAGE), { 'grpc-encoding': 'lzw' }, status.UNIMPLEMENTED],
    ['a compression that it does not name', frame(1, MESSAGE), {}, status.UNIMPLEMENTED],
    ['no timeout', frame(0, MESSAGE), { 'grpc-timeout': 'soon' }, status.INVALID_ARGUMENT],
  ];
  test.each(cases)('with %s is answered by its protocol', async (_, body, headers, code) => {
    const { fields } = await post(QUICK, body, { ...GRPC, ...headers });
    expect(fields).toMatchObject({
      ':status': 200,
      'content-type': 'application/grpc+proto',
      'grpc-status': String(code),
    });
  });

  test('gets the service in one message, compressed or not', async () => {
    const { fields, body } = await post(QUICK, frame(1, gzipSync(MESSAGE)), { ...GRPC, 'grpc-encoding': 'gzip' });
    expect(fields).toMatchObject({ 'grpc-status': '0' });
    expect(body).toEqual(frame(0, Buffer.of(8, 3)));
    expect(edge.calls.at(-1)!.request).toEqual({ item: 'a' });
  });

  test('is told which content types there are, and which HTTP gRPC needs', async () => {
    const text = await fetch(edge.http + QUICK, {
      method: 'POST',
      body: 'x',
      headers: { 'content-type': 'text/plain' },
    });
    expect([text.status, text.headers.get('accept-post')]).toEqual([
      415,
      expect.stringContaining('application/grpc-web'),
    ]);
    expect(await text.json()).toMatchObject({ code: 'GW_UNSUPPORTED_MEDIA_TYPE' });
    const old = await fetch(edge.http + QUICK, { method: 'POST', body: frame(0, MESSAGE), headers: GRPC });
    expect([old.status, await old.json()]).toEqual([505, expect.objectContaining({ code: 'GW_HTTP_VERSION' })]);
    const stream = { 'content-type': 'application/connect+json' };
    const enveloped = await fetch(edge.http + QUICK, { method: 'POST', body: frame(0, MESSAGE), headers: stream });
    expect(enveloped.status).toBe(415);
    expect((await fetch(edge.http + QUICK)).status).toBe(405);
    expect((await fetch(`${edge.http}/shop.v1.ShopService/Price`)).status).toBe(415);
  });

  test('of a method that does not exist gets UNIMPLEMENTED', async () => {
    const { fields } = await post('/shop.v1.ShopService/Nope', frame(0, MESSAGE), GRPC);
    expect(fields).toMatchObject({ ':status': 200, 'grpc-status': String(status.UNIMPLEMENTED) });
  });
});

describe('a page of another origin', () => {
  const preflight = (path: string, method: string, headers: string, origin = 'https://x.pages.example') =>
    fetch(edge.http + path, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': headers },
    });

  test('may call by RPC and by REST what it asked for', async () => {
    for (const path of ['/shop.v1.ShopService/Guarded', '/shop/tea']) {
      const { status: http, headers } = await preflight(path, 'POST', 'authorization,content-type');
      expect([http, headers.get('access-control-allow-origin')]).toEqual([204, 'https://x.pages.example']);
      expect(headers.get('access-control-allow-methods')).toBe('POST');
      expect(headers.get('access-control-max-age')).toBe('600');
    }
    const headers = { origin: 'https://app.example', 'content-type': 'application/json' };
    const refused = await fetch(`${edge.http}/shop.v1.ShopService/Guarded`, { method: 'POST', headers, body: '{}' });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, 'https://app.example']);
    expect(refused.headers.get('access-control-expose-headers')).toMatch(/grpc-status/);
  });

  test('is told why it may not', async () => {
    const refused = await preflight('/shop/tea', 'POST', 'content-type', 'https://evil.example');
    expect([refused.status, await refused.json()]).toEqual([403, expect.objectContaining({ code: 'GW_FORBIDDEN' })]);
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
    expect((await preflight('/shop/tea', 'POST', 'x-odd')).status).toBe(403);
    // There is no such method, so nobody to ask.
    expect((await preflight('/shop/tea', 'DELETE', 'content-type')).status).toBe(405);
  });
});

test('REST clients get the details of a service as members of the problem', async () => {
  const details = outOfTea();
  answer = () => ({
    error: { code: status.FAILED_PRECONDITION, details: 'no tea' },
    trailers: { 'grpc-status-details-bin': details },
  });
  const body = JSON.stringify({ lineCount: 1 });
  const response = await fetch(`${edge.http}/shop/tea`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  });
  expect(await response.json()).toMatchObject({
    code: 'GW_FAILED_PRECONDITION',
    detail: 'no tea',
    errors: [{ pointer: '/lineCount', rule: 'service', detail: 'too many' }],
    details: [{ '@type': 'type.googleapis.com/google.rpc.Help', links: [{ url: 'https://tea' }] }],
  });
});

test('routes show by which protocols a method is called, and the description does not', async () => {
  const { routes } = (await edge.admin('/routes')) as { routes: { id: string; target: object; methods: string[] }[] };
  const rpc = routes.filter(({ id }) => /^shop.v1.ShopService.*#rpc$/.test(id));
  expect(rpc.map(({ id, methods }) => [id.slice('shop.v1.ShopService.'.length), methods])).toEqual([
    ['Buy#rpc', ['POST']],
    ['Price#rpc', ['GET', 'POST']],
    ['Scarce#rpc', ['POST']],
    ['Guarded#rpc', ['POST']],
    ['Quick#rpc', ['POST']],
    ['Planned#rpc', ['POST']],
    ['Watch#rpc', ['POST']],
    ['Fill#rpc', ['POST']],
    ['Chat#rpc', ['POST']],
    ['Paint#rpc', ['POST']],
  ]);
  expect(rpc[0]!.target).toMatchObject({ protocols: 'gRPC, gRPC-Web, Connect' });
  const { paths } = (await (await fetch(`${edge.http}/openapi.json`)).json()) as { paths: object };
  expect(Object.keys(paths)).toEqual(['/shop/{item}']);
});

const { Health, HealthCheckResponse_ServingStatus: Serving } = grpcHealthV1;
const { ServerReflection, ServerReflectionRequestSchema, ServerReflectionResponseSchema } = reflectionV1;
const STOCK = 'shop.v1.StockService';
const switchStock = (on: boolean) => edge.admin(`/mocks/routes/${STOCK}.Count`, { on });

describe('the health of the edge and its services', () => {
  test.each(TRANSPORTS)('is told to clients of %s, without a credential', async (_name, transport) => {
    const { check } = createClient(Health, transport());
    expect(await check({})).toMatchObject({ status: Serving.SERVING });
    expect(await check({ service: 'shop.v1.ShopService' })).toMatchObject({ status: Serving.SERVING });
    await expect(check({ service: 'shop.v1.Nope' })).rejects.toMatchObject({
      code: Code.NotFound,
      rawMessage: 'There is no such service',
    });
  });

  test('is told to clients of all protocols whenever it changes, until they leave', async () => {
    const left = new AbortController();
    const watching = STREAMING.map(([, transport]) =>
      createClient(Health, transport()).watch({ service: STOCK }, { signal: left.signal })[Symbol.asyncIterator](),
    );
    const next = async () =>
      new Set(
        await Promise.all(watching.map(async (each) => ((await each.next()).value as { status: number }).status)),
      );
    expect(await next()).toEqual(new Set([Serving.SERVING]));
    await switchStock(false);
    expect(await next()).toEqual(new Set([Serving.NOT_SERVING]));
    await switchStock(true);
    expect(await next()).toEqual(new Set([Serving.SERVING]));
    left.abort();
    for (const each of watching) await expect(each.next()).rejects.toMatchObject({ code: Code.Canceled });
  });

  test('tells of a service that clients cannot call no more than of one that does not exist', async () => {
    const { check, watch } = createClient(Health, createGrpcTransport(secure()));
    for (const service of ['shop.v1.LedgerService', 'shop.v1.ShopService.Buy', 'toString']) {
      await expect(check({ service })).rejects.toMatchObject({ code: Code.NotFound });
      const first = await watch({ service })[Symbol.asyncIterator]().next();
      expect(first.value).toMatchObject({ status: Serving.SERVICE_UNKNOWN });
    }
  });

  test('is limited like any page, and goes through the pipeline', async () => {
    const response = await fetch(`${edge.http}/grpc.health.v1.Health/Check`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(await response.json()).toEqual({ status: 'SERVING' });
    expect(response.headers.get('ratelimit-policy')).toMatch(/^"grpc-health";q=600;w=60/);
    const { route, stages } = (await edge.admin('/explain?method=POST&path=/grpc.health.v1.Health/Check')) as {
      route: { id: string };
      stages: { name: string; settings: object | null }[];
    };
    expect(route.id).toBe('platform:grpc-health-check');
    const used = stages.filter(({ settings }) => settings !== null).map(({ name }) => name);
    expect(used).toEqual(expect.arrayContaining(['observe', 'rescue', 'speak', 'deadline', 'limitByClient', 'decode']));
    expect(used.filter((name) => /record|retry|pickEndpoint|limitConcurrency|breakCircuit/.test(name))).toEqual([]);
    expect(stages.at(-1)).toEqual({ name: 'forward', settings: { page: '/grpc.health.v1.Health/Check' } });
  });
});

type Question = MessageInitShape<typeof ServerReflectionRequestSchema>['messageRequest'];

/** Asks for reflection in one stream, and gives the answers. */
async function reflect(version: string, of: Client, ...questions: Question[]) {
  const stream = of.makeBidiStreamRequest(
    `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
    (request: Uint8Array) => Buffer.from(request),
    (bytes: Buffer) => fromBinary(ServerReflectionResponseSchema, bytes),
  );
  for (const messageRequest of questions)
    stream.write(toBinary(ServerReflectionRequestSchema, create(ServerReflectionRequestSchema, { messageRequest })));
  stream.end();
  const answers: reflectionV1.ServerReflectionResponse['messageResponse'][] = [];
  for await (const { messageResponse } of stream) answers.push(messageResponse);
  return answers;
}

describe('reflection', () => {
  test.each(['v1', 'v1alpha'])('%s lists the services that are exposed, and shows of them what is', async (version) => {
    const [list, shop, method] = await reflect(
      version,
      client,
      { case: 'listServices', value: '' },
      { case: 'fileContainingSymbol', value: 'shop.v1.ShopService' },
      { case: 'fileContainingSymbol', value: 'shop.v1.ShopService.Buy' },
    );
    expect((list!.value as reflectionV1.ListServiceResponse).service.map(({ name }) => name)).toEqual([
      Health.typeName,
      ServerReflection.typeName,
      'shop.v1.ShopService',
      STOCK,
    ]);
    expect(method).toEqual(shop);
    const bytes = (shop!.value as reflectionV1.FileDescriptorResponse).fileDescriptorProto;
    const files = bytes.map((each) => fromBinary(FileDescriptorProtoSchema, each));
    expect(files.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['shop.proto', 'google/api/annotations.proto', 'buf/validate/validate.proto']),
    );
    expect(files.map(({ name }) => name)).not.toContain('gateway/v1/policy.proto');
    const { service, sourceCodeInfo } = files.find(({ name }) => name === 'shop.proto')!;
    expect(sourceCodeInfo).toBeUndefined();
    expect(service.map(({ name, method: methods }) => [name, methods.length])).toEqual([
      ['ShopService', 10],
      ['StockService', 1],
    ]);
    const options = service.flatMap((each) => [each, ...each.method]).flatMap((each) => each.options?.$unknown ?? []);
    // How it is called by REST is for clients, the policy isn't.
    expect(options.map(({ no }) => no)).toEqual([72_295_728]);
    expect(policy.number).toBe(50_117);
    const collection = new FileCollection();
    collection.add(bytes);
    expect(collection.missing()).toBeNull();
    const { methods } = compileContract(collection.descriptorSet());
    expect(methods.find(({ method: name }) => name === 'Buy')!.bindings).toMatchObject([{ path: '/shop/{item}' }]);
  });

  test('knows nothing of what is not exposed', async () => {
    const answers = await reflect(
      'v1',
      client,
      ...['shop.v1.LedgerService', 'shop.v1.ShopService.Internal', 'shop.v1.Nope'].map((value): Question => ({
        case: 'fileContainingSymbol',
        value,
      })),
    );
    for (const answered of answers) expect(answered).toMatchObject({ value: { errorCode: status.NOT_FOUND } });
    expect(answers).toHaveLength(3);
  });

  test('speaks Connect, too', async () => {
    const { serverReflectionInfo } = createClient(
      ServerReflection,
      createConnectTransport({ ...secure(), httpVersion: '2', useBinaryFormat: false }),
    );
    async function* asked() {
      yield create(ServerReflectionRequestSchema, { messageRequest: { case: 'listServices', value: '' } });
    }
    const kinds = [];
    for await (const { messageResponse } of serverReflectionInfo(asked())) kinds.push(messageResponse.case);
    expect(kinds).toEqual(['listServicesResponse']);
  });
});

const PRODUCTION = {
  GATEWAY_PROFILE: 'production',
  ...{ GATEWAY_REDIS_URL: 'none', GATEWAY_REGISTRY: 'none', GATEWAY_AUTH: 'none' },
};

test('an edge that ends says so to who watches it, ends what it says itself, and in production tells nobody what it has', async () => {
  const other = await startRpcEdge(SHOP, () => ({}), PRODUCTION);
  let stopped: Promise<void> | null = null;
  const otherClient = new Client(other.secure, credentials.createSsl(Buffer.from(other.ca)));
  try {
    await expect(reflect('v1', otherClient, { case: 'listServices', value: '' })).rejects.toMatchObject({
      code: status.UNIMPLEMENTED,
    });
    const transport = createGrpcTransport({ baseUrl: `https://${other.secure}`, nodeOptions: { ca: other.ca } });
    const statuses = createClient(Health, transport).watch({})[Symbol.asyncIterator]();
    expect((await statuses.next()).value).toMatchObject({ status: Serving.SERVING });
    const began = performance.now();
    stopped = other.stop();
    expect((await statuses.next()).value).toMatchObject({ status: Serving.NOT_SERVING });
    await expect(statuses.next()).rejects.toMatchObject({ code: Code.Unavailable });
    otherClient.close();
    await stopped;
    // Nobody waits for streams that have no end of their own.
    expect(performance.now() - began).toBeLessThan(10_000);
  } finally {
    otherClient.close();
    await (stopped ?? other.stop());
  }
});
