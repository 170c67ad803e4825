import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { connect, connectStream, endOfStream } from './connect';
import { COMPRESSED, frame, TRAILERS } from './frames';
import { grpc } from './grpc';
import { grpcWeb, grpcWebText } from './grpc-web';
import type { RpcProtocol, RpcRequest } from './protocol';
import { formatOfCall, formatOfType } from './recognize';
import type { RpcStatus } from './rpc-status';
import { encodeStatusMessage } from './status-message';
import { connectTimeoutMs, grpcTimeoutMs } from './timeouts';

const LIMIT = 1_000;
const request = (body: Buffer | null, headers: string[] = [], query = ''): RpcRequest => ({ body, headers, query });
const status: RpcStatus = {
  code: 5,
  message: 'no tea: 100 % \u00fc',
  details: [{ typeUrl: 'type.googleapis.com/a.B', value: Buffer.of(1) }],
};

const FRAMED: [string, RpcProtocol, (body: Buffer) => Buffer, string][] = [
  ['gRPC', grpc, (body) => body, 'grpc-encoding'],
  ['gRPC-Web', grpcWeb, (body) => body, 'grpc-encoding'],
  ['Connect streams', connectStream, (body) => body, 'connect-content-encoding'],
  ['gRPC-Web text', grpcWebText, (body) => Buffer.from(body.toString('base64')), 'grpc-encoding'],
];

describe.each(FRAMED)('a message of %s', (_name, protocol, wrap, encoding) => {
  test('is what the client sent', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: LIMIT }), async (bytes) => {
        const plain = wrap(frame(0, bytes));
        expect(plain.length).toBeLessThanOrEqual(protocol.bodyBytes(LIMIT));
        expect(Buffer.from(await protocol.readUnary(request(plain), LIMIT))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  test('may be compressed, and costs no more for it', async () => {
    const read = async (bytes: Buffer, headers: string[]) =>
      String(await protocol.readUnary(request(wrap(frame(COMPRESSED, bytes)), headers), LIMIT));
    expect(await read(gzipSync('tea'), [encoding, 'gzip'])).toBe('tea');
    expect(await read(Buffer.from('tea'), [encoding, 'identity'])).toBe('tea');
    await expect(read(gzipSync(Buffer.alloc(100_000)), [encoding, 'gzip'])).rejects.toMatchObject({
      code: 'GW_BODY_TOO_LARGE',
    });
    await expect(read(Buffer.from('tea'), [encoding, 'gzip'])).rejects.toMatchObject({ code: 'GW_BAD_BODY' });
    await expect(read(Buffer.from('tea'), [])).rejects.toMatchObject({ code: 'GW_NOT_IMPLEMENTED' });
  });

  test('must be there', () => {
    for (const nothing of [null, Buffer.alloc(0)])
      expect(() => protocol.readUnary(request(nothing), LIMIT)).toThrow(
        expect.objectContaining({ code: 'GW_BAD_BODY' }),
      );
  });
});

test('base64 in pieces is what each of them is, and all else is refused', () => {
  const piece = fc.uint8Array({ minLength: 1, maxLength: 7 }).map((bytes) => Buffer.from(bytes).toString('base64'));
  const inPieces = fc.array(fc.oneof({ weight: 9, arbitrary: piece }, fc.string({ unit: fc.constantFrom('A', '=') })));
  const base64 = /^(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)*$/;
  // The beginning of a frame that nothing completes: every body is refused, by its first fault.
  const beginning = Buffer.of(0, 0, 0, 0, 200, 0).toString('base64');
  fc.assert(
    fc.property(inPieces, (pieces) => {
      const text = `${beginning}${pieces.join('')}`;
      const detail = base64.test(text) ? /^(?!The body is not base64)/ : 'The body is not base64';
      expect(() => grpcWebText.readUnary(request(Buffer.from(text)), LIMIT)).toThrow(
        expect.objectContaining({
          code: 'GW_BAD_BODY',
          context: expect.objectContaining({ detail: expect.stringMatching(detail) }),
        }),
      );
    }),
  );
});

test('base64 of many megabytes is read like any other', async () => {
  const message = Buffer.alloc(12_000_000, 'tea');
  const body = Buffer.from(frame(0, message).toString('base64'));
  expect(message.equals(await grpcWebText.readUnary(request(body), message.length))).toBe(true);
});

test('base64 may be padded in pieces, and nothing else passes for it', async () => {
  const body = frame(0, Buffer.from('four'));
  const piecewise = Buffer.from(`${body.subarray(0, 4).toString('base64')}${body.subarray(4).toString('base64')}`);
  expect(String(await grpcWebText.readUnary(request(piecewise), LIMIT))).toBe('four');
  for (const wrong of ['AAAAAA', 'AA=A', '*AAA', '=']) {
    const read = () => grpcWebText.readUnary(request(Buffer.from(wrong)), LIMIT);
    expect(read).toThrow(expect.objectContaining({ code: 'GW_BAD_BODY' }));
  }
});

describe('answers', () => {
  const metadata = { headers: ['x-a', '1'], trailers: ['x-b', '2'] };
  const message = new Uint8Array(Buffer.from('..tea')).subarray(2);
  const GRPC_FIELDS = ['grpc-status', '5', 'grpc-message', 'no tea: 100 %25 %C3%BC', 'grpc-status-details-bin'];

  test('of gRPC have their status in the trailers, or in the head', () => {
    expect(grpc.answerUnary(message, 'json', metadata)).toMatchObject({
      status: 200,
      headers: ['content-type', 'application/grpc+json', 'grpc-accept-encoding', 'identity,gzip', 'x-a', '1'],
      body: frame(0, Buffer.from('tea')),
      trailers: ['grpc-status', '0', 'x-b', '2'],
    });
    const { headers, body } = grpc.refuse(status, 'proto');
    expect([headers.slice(4, 9), body]).toEqual([GRPC_FIELDS, null]);
    expect(headers.at(-1)).not.toContain('=');
    expect(grpc.refuse({ ...status, details: [] }, 'proto').headers).not.toContain('grpc-status-details-bin');
  });

  test('of gRPC-Web have it in the last frame', () => {
    const end = frame(TRAILERS, Buffer.from('grpc-status: 0\r\nx-b: 2\r\n'));
    const whole = Buffer.concat([frame(0, message), end]);
    expect(grpcWeb.answerUnary(message, 'proto', metadata).body).toEqual(whole);
    expect(String(grpcWebText.answerUnary(message, 'proto', metadata).body)).toBe(whole.toString('base64'));
    const { body, headers } = grpcWeb.refuse(status, 'proto');
    expect([body![0], String(body)]).toEqual([
      TRAILERS,
      expect.stringContaining('grpc-status: 5\r\ngrpc-message: no tea'),
    ]);
    expect(headers).not.toContain('grpc-status');
  });

  test('of Connect are plain HTTP', () => {
    expect(connect.answerUnary(message, 'proto', metadata)).toEqual({
      status: 200,
      headers: ['content-type', 'application/proto', 'x-a', '1', 'trailer-x-b', '2'],
      body: Buffer.from('tea'),
    });
    expect(connect.answerUnary(Buffer.from('{}'), 'json', metadata).body).toEqual(Buffer.from('{}'));
    const { status: http, body } = connect.refuse(status, 'proto');
    const details = [{ type: 'a.B', value: 'AQ' }];
    expect([http, JSON.parse(String(body))]).toEqual([404, { code: 'not_found', message: status.message, details }]);
    const odd = { code: 99, message: '', details: [{ typeUrl: 'b.C', value: Buffer.of(1) }] };
    expect(connect.refuse(odd, 'json')).toMatchObject({ status: 500 });
    expect(JSON.parse(String(connect.refuse(odd, 'json').body))).toMatchObject({
      code: 'unknown',
      details: [{ type: 'b.C' }],
    });
  });

  test("of Connect's streams end with an envelope", () => {
    const { status: http, headers, body } = connectStream.refuse(status, 'json');
    expect([http, headers, body![0]]).toEqual([200, ['content-type', 'application/connect+json'], 2]);
    expect(JSON.parse(String(body!.subarray(5)))).toMatchObject({ error: { code: 'not_found' }, metadata: {} });
    const end = endOfStream(null, ['x-b', '1', 'x-b', '2']);
    expect(JSON.parse(String(end.subarray(5)))).toEqual({ metadata: { 'x-b': ['1', '2'] } });
    expect(() => connectStream.answerUnary(message, 'json', metadata)).toThrow(
      expect.objectContaining({ code: 'GW_UNSUPPORTED_MEDIA_TYPE' }),
    );
    expect(connectStream.bodyBytes(10)).toBe(15);
  });
});

describe('Connect reads', () => {
  test('the body, compressed or not', async () => {
    const read = async (body: Buffer | null, headers: string[] = []) =>
      String(await connect.readUnary(request(body, headers), LIMIT));
    expect(await read(Buffer.from('tea'))).toBe('tea');
    expect(await read(null)).toBe('');
    expect(await read(gzipSync('tea'), ['content-encoding', 'gzip'])).toBe('tea');
    await expect(read(Buffer.from('tea'), ['content-encoding', 'br'])).rejects.toMatchObject({
      code: 'GW_NOT_IMPLEMENTED',
    });
    expect(connect.bodyBytes(10)).toBe(10);
  });

  test('the query of a GET', async () => {
    const read = async (query: string) => String(await connect.readUnary(request(null, [], query), LIMIT));
    expect(await read('connect=v1&encoding=json&message=%7B%22a%22%3A1%7D')).toBe('{"a":1}');
    expect(await read('encoding=proto&base64=1&message=dGVh')).toBe('tea');
    expect(await read('encoding=proto&base64=1&message=-_8=')).toBe(String(Buffer.of(0xfb, 0xff)));
    const zipped = gzipSync('tea').toString('base64url');
    expect(await read(`encoding=proto&compression=gzip&base64=1&message=${zipped}`)).toBe('tea');
    await expect(read('encoding=json')).rejects.toMatchObject({ code: 'GW_BAD_BODY' });
    await expect(read('encoding=proto&base64=1&message=***')).rejects.toMatchObject({ code: 'GW_BAD_BODY' });
    await expect(read(`encoding=json&message=${'x'.repeat(1_001)}`)).rejects.toMatchObject({
      code: 'GW_BODY_TOO_LARGE',
    });
  });

  test('any query without failing otherwise', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        const answered = await Promise.resolve()
          .then(() => connect.readUnary(request(null, [], `encoding=proto&base64=1&message=${text}`), LIMIT))
          .catch((error: { code: string }) => error.code);
        expect(typeof answered === 'string' ? answered : 'bytes').toMatch(/^(bytes|GW_.*)$/);
      }),
    );
  });
});

describe('a client is recognized', () => {
  test.each([
    ['application/grpc', 'grpc', 'proto'],
    ['application/grpc+proto; x=1', 'grpc', 'proto'],
    ['Application/gRPC+JSON', 'grpc', 'json'],
    ['application/grpc-web', 'grpc-web', 'proto'],
    ['application/grpc-web+proto', 'grpc-web', 'proto'],
    ['application/grpc-web-text+proto', 'grpc-web-text', 'proto'],
    ['application/connect+json', 'connect-stream', 'json'],
  ])('by %s', (type, name, codec) => {
    expect(formatOfType(type)).toMatchObject({ protocol: { name }, codec });
    expect(formatOfCall('POST', type, '')).toMatchObject({ protocol: { name }, codec });
  });

  test.each(['application/grpc+thrift', 'application/grpcweb', 'application/connect', 'text/plain', undefined])(
    'not by %s',
    (type) => {
      expect(formatOfType(type)).toBeNull();
      expect(formatOfCall('POST', type, '')).toBeNull();
    },
  );

  test('by what only a call to an RPC can be', () => {
    expect(formatOfCall('POST', 'application/json; charset=utf-8', '')).toMatchObject({
      protocol: connect,
      codec: 'json',
    });
    expect(formatOfCall('POST', 'application/proto', '')).toMatchObject({ protocol: connect, codec: 'proto' });
    expect(formatOfCall('GET', undefined, 'message=x&encoding=json')).toMatchObject({
      protocol: connect,
      codec: 'json',
    });
    expect(formatOfCall('GET', 'application/grpc', 'encoding=xml')).toBeNull();
    expect(formatOfCall('GET', undefined, 'message=encoding')).toBeNull();
    expect(formatOfType('application/json')).toBeNull();
  });
});

test('timeouts have units, and nothing else passes for one', () => {
  expect(['1H', '2M', '3S', '4m', '5u', '6n', '99999999S'].map(grpcTimeoutMs)).toEqual([
    3_600_000, 120_000, 3_000, 4, 0.005, 0.000006, 99_999_999_000,
  ]);
  expect([grpcTimeoutMs(undefined), connectTimeoutMs(undefined)]).toEqual([Infinity, Infinity]);
  expect([connectTimeoutMs('250'), connect.timeoutMs(['connect-timeout-ms', '3'])]).toEqual([250, 3]);
  expect([grpc.timeoutMs(['grpc-timeout', '3m']), grpcWeb.timeoutMs(['grpc-timeout', '3m'])]).toEqual([3, 3]);
  for (const wrong of ['', '1', 'S', '-1S', '1.5S', '123456789S', '1s', '1S '])
    expect(() => grpcTimeoutMs(wrong)).toThrow(expect.objectContaining({ code: 'GW_BAD_REQUEST' }));
  for (const wrong of ['', '1S', '-1', '12345678901'])
    expect(() => connectTimeoutMs(wrong)).toThrow(expect.objectContaining({ code: 'GW_BAD_REQUEST' }));
});

test('a status message is one line of printable ASCII, whatever it says', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (message) => {
      const encoded = encodeStatusMessage(message);
      expect(encoded).toMatch(/^[\x20-\x7e]*$/);
      expect(decodeURIComponent(encoded)).toBe(message);
    }),
  );
});

describe('streams', () => {
  const trailers = ['x-b', '2'];

  test.each([
    [grpc, null, ['grpc-status', '0', ...trailers]],
    [grpcWeb, frame(TRAILERS, Buffer.from('grpc-status: 0\r\nx-b: 2\r\n')), null],
    [connectStream, endOfStream(null, trailers), null],
  ])('end as their protocol wants it', ({ streams }, end, fields) => {
    expect(streams!.end(null, trailers)).toEqual({ frame: end, trailers: fields });
    expect(streams!.message(Buffer.from('tea'))).toEqual(frame(0, Buffer.from('tea')));
    expect(streams!.head('proto')[1]).toMatch(/\+proto$/);
    const failed = streams!.end(status, trailers);
    expect(String(failed.frame ?? failed.trailers)).toMatch(/no tea/);
  });

  test.each([
    [grpc, 'grpc-encoding'],
    [grpcWeb, 'grpc-encoding'],
    [connectStream, 'connect-content-encoding'],
  ])('of clients are read as they come', async ({ streams }, encoding) => {
    const body = Buffer.concat([frame(0, Buffer.from('one')), frame(COMPRESSED, gzipSync('two'))]);
    const read = async (bytes: Buffer, headers: string[]) => {
      const messages: string[] = [];
      const chunks = Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]);
      for await (const message of streams!.read(chunks, headers, LIMIT)) messages.push(String(message));
      return messages;
    };
    expect(await read(body, [encoding, 'gzip'])).toEqual(['one', 'two']);
    await expect(read(body, [])).rejects.toMatchObject({ code: 'GW_NOT_IMPLEMENTED' });
    await expect(read(body.subarray(0, -1), [encoding, 'gzip'])).rejects.toMatchObject({ code: 'GW_BAD_BODY' });
  });

  test('are not for every protocol', () => {
    expect([connect.streams, grpcWebText.streams!.fromClient]).toEqual([null, false]);
  });
});
