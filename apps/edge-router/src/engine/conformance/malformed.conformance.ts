import { eventually, fakeClock } from '@gateway/testing';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RawClient, ask, recorder, start, type Subject } from './harness.conformance';

const GET = 'GET / HTTP/1.1\r\nhost: a.example\r\n\r\n';
const line = (text: string): string => `${text}\r\n`;

/** Bytes that no handler may ever see as a request, and what their sender is told. */
const REFUSED: [string, number, string][] = [
  ['no Host', 400, 'GET / HTTP/1.1\r\n\r\n'],
  ['two Hosts', 400, 'GET / HTTP/1.1\r\nhost: a\r\nhost: a\r\n\r\n'],
  ['an empty Host', 400, 'GET / HTTP/1.1\r\nhost:\r\n\r\n'],
  ['a Host with a path', 400, 'GET / HTTP/1.1\r\nhost: a/b\r\n\r\n'],
  ['a Host with a user', 400, 'GET / HTTP/1.1\r\nhost: u@a\r\n\r\n'],
  ['a Host with a list', 400, 'GET / HTTP/1.1\r\nhost: a, b\r\n\r\n'],
  ['a Host with a broken port', 400, 'GET / HTTP/1.1\r\nhost: a:x\r\n\r\n'],
  ['another host in the target', 400, 'GET http://b/ HTTP/1.1\r\nhost: a\r\n\r\n'],
  ['a target of another scheme', 400, 'GET ftp://a/ HTTP/1.1\r\nhost: a\r\n\r\n'],
  ['an asterisk', 400, 'GET * HTTP/1.1\r\nhost: a\r\n\r\n'],
  ['TRACE', 405, 'TRACE / HTTP/1.1\r\nhost: a\r\n\r\n'],
  ['CONNECT', 405, 'CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n'],
  ['chunks in HTTP/1.0', 400, 'POST / HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
  [
    'a length and chunks',
    400,
    'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  [
    'chunks and a length',
    400,
    'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n',
  ],
  ['two lengths', 400, 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx'],
  ['two equal lengths', 400, 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\nx'],
  ['a list of lengths', 400, 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1, 1\r\n\r\nx'],
  ['a signed length', 400, 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: +1\r\n\r\nx'],
  ['a hexadecimal length', 400, 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0x1\r\n\r\nx'],
  ['an unknown transfer coding', 400, 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n'],
  ['chunked not last', 400, 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n'],
  ['a folded header', 400, 'GET / HTTP/1.1\r\nhost: a\r\nx-a: 1\r\n 2\r\n\r\n'],
  ['a space before the colon', 400, 'GET / HTTP/1.1\r\nhost: a\r\ncontent-length : 5\r\n\r\n'],
  ['a bare carriage return', 400, 'GET / HTTP/1.1\r\nhost: a\r\nx-a: 1\rb: 2\r\n\r\n'],
  ['a NUL in a value', 400, 'GET / HTTP/1.1\r\nhost: a\r\nx-a: 1\x002\r\n\r\n'],
  ['no protocol', 400, 'GET /\r\n\r\n'],
  ['another protocol', 400, 'GET / HTCPCP/1.0\r\nhost: a\r\n\r\n'],
  ['a version that is none', 400, 'GET / HTTP/1.2x\r\nhost: a\r\n\r\n'],
  ['a TLS handshake', 400, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['the HTTP/2 preface in the clear', 400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['101 header fields', 431, `GET / HTTP/1.1\r\nhost: a\r\n${line('x-a: 1').repeat(100)}\r\n`],
  ['3,000 header fields', 431, `GET / HTTP/1.1\r\nhost: a\r\n${line('x-a: 1').repeat(3_000)}\r\n`],
  ['headers of 70 KB', 431, `GET / HTTP/1.1\r\nhost: a\r\nx-a: ${'x'.repeat(70_000)}\r\n\r\n`],
  ['a target of 9 KB', 414, `GET /${'x'.repeat(9_000)} HTTP/1.1\r\nhost: a\r\n\r\n`],
  ['a target of 70 KB', 414, `GET /${'x'.repeat(70_000)} HTTP/1.1\r\nhost: a\r\n\r\n`],
];

/** What an engine does with bytes that aren't a good HTTP/1 request. */
export function malformedConformance(subject: Subject): void {
  describe('a malformed request', () => {
    test.each(REFUSED)('%s: %d as a problem, and the connection closes', async (_, status, bytes) => {
      const { handler, requests } = recorder();
      const { httpPort, refused } = await start(subject, handler);
      const client = await RawClient.connect(httpPort);
      const response = await client.send(bytes).response();
      expect(response.status).toBe(status);
      expect(response.headers).toMatchObject({ 'content-type': 'application/problem+json', connection: 'close' });
      const problem = JSON.parse(response.body) as { code: string };
      expect(problem).toMatchObject({ status, code: expect.stringMatching(/^GW_/) });
      if (status === 405) expect(response.headers['allow']).toContain('GET');
      await client.untilClosed();
      expect(client.received).toBe('');
      expect(requests).toHaveLength(0);
      expect(refused).toEqual([problem.code]);
    });

    test('what follows an ambiguous request is never taken for the next one', async () => {
      const { handler, requests } = recorder();
      const { httpPort } = await start(subject, handler);
      const smuggled =
        'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\nhost: a\r\n\r\n';
      const client = await RawClient.connect(httpPort);
      expect((await client.send(smuggled).response()).status).toBe(400);
      await client.untilClosed();
      expect(requests).toHaveLength(0);
    });

    test('garbage behind a good request ends the connection, not as the answer to that request', async () => {
      const { handler } = recorder(() => new Promise(() => undefined));
      const { httpPort, listener } = await start(subject, handler);
      const client = await RawClient.connect(httpPort);
      client.send(GET);
      await eventually(() => listener.stats().requests === 1);
      client.send('garbage\r\n\r\n');
      await client.untilClosed();
      expect(client.received).toBe('');
    });

    test('a broken chunk is refused, and the handler told that the client is gone', async () => {
      let cancelled = 0;
      const { handler } = recorder((request) => {
        request.onCancel(() => cancelled++);
        return new Promise(() => undefined);
      });
      const { httpPort, listener } = await start(subject, handler);
      const client = await RawClient.connect(httpPort);
      client.send('POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n');
      await eventually(() => listener.stats().requests === 1);
      expect((await client.send('zz\r\n').response()).status).toBe(400);
      await client.untilClosed();
      expect(cancelled).toBe(1);
    });

    test('a pipeline without an end is cut', async () => {
      const { handler, requests } = recorder(() => new Promise(() => undefined));
      const { httpPort } = await start(subject, handler, { limits: { streams: 10 } });
      const client = await RawClient.connect(httpPort);
      client.send(GET.repeat(50));
      await client.untilClosed();
      expect(requests.length).toBeLessThanOrEqual(10);
    });
  });

  describe('a request that does not come to its end', () => {
    test.each([
      ['nothing', ''],
      ['half a head', 'GET / HTTP/1.1\r\nhost:'],
    ])('%s: 408', async (_, bytes) => {
      const { httpPort, refused } = await start(subject, recorder().handler, { limits: { headersMs: 200 } });
      const client = await RawClient.connect(httpPort);
      expect((await client.send(bytes).response()).status).toBe(408);
      await client.untilClosed();
      expect(refused).toEqual(['GW_REQUEST_TIMEOUT']);
    });

    test.each([
      ['a small body', 'content-length: 10'],
      ['a chunked body', 'transfer-encoding: chunked'],
    ])('half of %s: 408', async (_, framing) => {
      const { handler } = recorder(() => new Promise(() => undefined));
      const { httpPort } = await start(subject, handler, { limits: { headersMs: 200, requestMs: 300 } });
      const client = await RawClient.connect(httpPort);
      expect((await client.send(`POST / HTTP/1.1\r\nhost: a\r\n${framing}\r\n\r\n`).response()).status).toBe(408);
      await client.untilClosed();
    });

    test('a reader that has stopped reading is left after the idle time', async () => {
      const clock = fakeClock();
      const body = Buffer.alloc(32 * 1_024 * 1_024);
      let ended = false;
      const { handler } = recorder(() => ({ status: 200, headers: [], body, onEnd: () => (ended = true) }));
      const { httpPort, listener } = await start(subject, handler, { clock, limits: { streamIdleMs: 10_000 } });
      const client = await RawClient.connect(httpPort);
      client.socket.pause();
      client.send(GET);
      await eventually(() => listener.stats().requests === 1);
      await eventually(() => {
        clock.advance(5_000);
        return ended;
      });
      expect(listener.stats().requests).toBe(0);
    });

    test('a connection that has been idle for too long is closed without a word', async () => {
      const { httpPort } = await start(subject, recorder().handler, { limits: { connectionIdleMs: 100 } });
      const client = await RawClient.connect(httpPort);
      await client.send(GET).response();
      await client.untilClosed();
      expect(client.received).toBe('');
    });
  });

  test('connections above the limit are closed, the others served', async () => {
    const { httpPort } = await start(subject, recorder().handler, { limits: { connections: 2 } });
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => RawClient.connect(httpPort)));
    await eventually(() => [first!, second!, third!].filter(({ closed }) => closed).length === 1);
    const open = [first!, second!, third!].filter(({ closed }) => !closed);
    for (const client of open) expect((await client.send(GET).response()).status).toBe(200);
  });

  test('whatever bytes come, the engine lives and tells nonsense from requests', async () => {
    const { handler } = recorder();
    const { httpPort, errors } = await start(subject, handler);
    const piece = fc.oneof(
      fc.constantFrom(
        'GET ',
        '/ ',
        'HTTP/1.1',
        '\r\n',
        '\r\n\r\n',
        'host: a',
        'content-length: 5',
        'transfer-encoding: chunked',
        ':',
        '0',
        ' ',
      ),
      fc.string({ unit: 'binary', maxLength: 20 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const client = await RawClient.connect(httpPort);
        client.send(pieces.join(''));
        client.socket.end();
        await client.untilClosed();
        if (client.received !== '') expect(client.received).toMatch(/^HTTP\/1\.1 (200|400|405|408|413|414|431) /);
      }),
      { numRuns: 150 },
    );
    expect(errors).toEqual([]);
    expect((await ask(httpPort, GET)).status).toBe(200);
  }, 30_000);
}
