import { eventually } from '@gateway/testing';
import { describe, expect, test } from '@jest/globals';
import { Readable } from 'node:stream';
import { RawClient, ask, readAll, recorder, start, text, type Subject } from './harness.conformance';

const GET = 'GET / HTTP/1.1\r\nhost: a.example\r\n\r\n';

/** What an engine does with good HTTP/1 requests. */
export function http1Conformance(subject: Subject): void {
  describe('HTTP/1.1 requests', () => {
    test('are handed over as they came, with lower-case names', async () => {
      const { handler, requests } = recorder();
      const { httpPort } = await start(subject, handler);
      await ask(
        httpPort,
        'GET /a%2Fb?q=1 HTTP/1.1\r\nHost: A.Example:8080\r\nX-One: 1\r\nAccept: b\r\nx-one:  2 \r\n\r\n',
      );
      expect(requests[0]).toMatchObject({
        method: 'GET',
        target: '/a%2Fb?q=1',
        scheme: 'http',
        authority: 'a.example:8080',
        version: '1.1',
        body: null,
        remoteAddress: '127.0.0.1',
        upgrade: '',
      });
      expect(requests[0]!.headers).toEqual(['host', 'A.Example:8080', 'x-one', '1', 'accept', 'b', 'x-one', '2']);
    });

    test('may have an absolute target for their own host', async () => {
      const { handler, requests } = recorder();
      const { httpPort } = await start(subject, handler);
      await ask(httpPort, 'GET http://a.example/x?y HTTP/1.1\r\nhost: a.example\r\n\r\n');
      await ask(httpPort, 'GET HTTP://A.example?y HTTP/1.1\r\nhost: a.example\r\n\r\n');
      expect(requests.map(({ target, authority }) => `${authority} ${target}`)).toEqual([
        'a.example /x?y',
        'a.example /?y',
      ]);
    });

    test('come over TLS too', async () => {
      const { handler, requests } = recorder();
      const { httpsPort } = await start(subject, handler);
      const client = await RawClient.connectTls(httpsPort, 'http/1.1');
      expect(await client.send(GET).response()).toMatchObject({ status: 200, body: 'ok' });
      expect(requests[0]).toMatchObject({ scheme: 'https', version: '1.1' });
    });

    test('share a connection, also when they come at once', async () => {
      let pending = (): void => undefined;
      const { handler } = recorder(({ target }) =>
        target === '/slow' ? new Promise((resolve) => (pending = () => resolve(text('slow')))) : text('fast'),
      );
      const { httpPort, listener } = await start(subject, handler);
      const client = await RawClient.connect(httpPort);
      client.send(`${GET.replace('/ ', '/slow ')}${GET}`);
      await eventually(() => listener.stats().requests === 2);
      pending();
      expect((await client.response()).body).toBe('slow');
      expect((await client.response()).body).toBe('fast');
      expect((await client.send(GET).response()).headers).not.toHaveProperty('connection');
      expect(listener.stats()).toMatchObject({ connections: 1, requests: 0 });
    });

    test('of HTTP/1.0 are answered and closed', async () => {
      const { handler, requests } = recorder();
      const { httpPort } = await start(subject, handler);
      const client = await RawClient.connect(httpPort);
      expect(await client.send('GET / HTTP/1.0\r\n\r\n').response()).toMatchObject({ status: 200, body: 'ok' });
      await client.untilClosed();
      expect(requests[0]).toMatchObject({ version: '1.0', authority: '' });
    });

    test('that ask to close are answered and closed', async () => {
      const { httpPort } = await start(subject, recorder().handler);
      const client = await RawClient.connect(httpPort);
      const { headers } = await client.send('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n').response();
      expect(headers['connection']).toBe('close');
      await client.untilClosed();
    });
  });

  describe('HTTP/1.1 bodies', () => {
    const post = (fields: string): string => `POST / HTTP/1.1\r\nhost: a\r\n${fields}\r\n\r\n`;

    test('small ones are one buffer, however they arrive', async () => {
      const { handler, requests } = recorder();
      const { httpPort, listener } = await start(subject, handler);
      const client = await RawClient.connect(httpPort);
      client.send(`${post('content-length: 10')}hello`);
      await eventually(() => listener.stats().collectedBytes === 10);
      expect(requests).toHaveLength(0);
      await client.send('world').response();
      expect(requests[0]!.body).toEqual(Buffer.from('helloworld'));
      expect(listener.stats().collectedBytes).toBe(0);
    });

    test('an empty one is none', async () => {
      const { handler, requests } = recorder();
      const { httpPort } = await start(subject, handler);
      await ask(httpPort, post('content-length: 0'));
      expect(requests[0]!.body).toBeNull();
    });

    test.each([
      ['a length above the limit', `content-length: 20\r\n\r\n${'x'.repeat(20)}`],
      ['no length', `transfer-encoding: chunked\r\n\r\n5\r\nxxxxx\r\nf\r\n${'x'.repeat(15)}\r\n0\r\n\r\n`],
    ])('those with %s are streams, and the connection goes on', async (_, rest) => {
      const { handler } = recorder(async ({ body }) => text(body === null ? 'again' : await readAll(body)));
      const { httpPort } = await start(subject, handler, { limits: { collectBytes: 10 } });
      const client = await RawClient.connect(httpPort);
      client.send(`POST / HTTP/1.1\r\nhost: a\r\n${rest}`);
      expect((await client.response()).body).toBe('x'.repeat(20));
      expect((await client.send(GET).response()).body).toBe('again');
    });

    test('when too many are being collected, the next are streams', async () => {
      const { handler, requests } = recorder(async ({ body }) =>
        text(Buffer.isBuffer(body) ? 'whole' : await readAll(body)),
      );
      const { httpPort, listener } = await start(subject, handler, { limits: { collectTotalBytes: 15 } });
      const first = await RawClient.connect(httpPort);
      first.send(`${post('content-length: 10')}`);
      await eventually(() => listener.stats().collectedBytes === 10);
      expect(await ask(httpPort, `${post('content-length: 10')}helloworld`)).toMatchObject({ body: 'helloworld' });
      expect((await first.send('helloworld').response()).body).toBe('whole');
      expect(requests[0]!.body).toBeInstanceOf(Readable);
    });

    test('100-continue is sent at once for a small one, and before a large one is read', async () => {
      const { handler } = recorder(async ({ body }) => text(Buffer.isBuffer(body) ? 'whole' : await readAll(body)));
      const { httpPort } = await start(subject, handler, { limits: { collectBytes: 10 } });
      for (const length of [5, 20]) {
        const client = await RawClient.connect(httpPort);
        client.send(post(`content-length: ${length}\r\nexpect: 100-continue`));
        await eventually(() => client.received.startsWith('HTTP/1.1 100 Continue\r\n\r\n'));
        expect((await client.send('x'.repeat(length)).response()).status).toBe(200);
      }
    });

    test('a client that waits for 100-continue can be refused before it sends', async () => {
      const { httpPort } = await start(subject, () => text('no', { status: 401 }), { limits: { collectBytes: 10 } });
      const client = await RawClient.connect(httpPort);
      client.send(post('content-length: 20\r\nexpect: 100-continue'));
      await eventually(() => client.received !== '');
      expect(client.received).not.toContain('100 Continue');
      expect(await client.response()).toMatchObject({ status: 401, headers: { connection: 'close' } });
      await client.untilClosed();
    });

    test('an answer before the end of a large one arrives whole, and the connection closes', async () => {
      const handler = recorder(({ body }) => {
        (body as Readable).destroy();
        return text('too large', { status: 413 });
      }).handler;
      const { httpPort } = await start(subject, handler);
      const client = await RawClient.connect(httpPort);
      client.send(`${post('content-length: 10000000')}${'x'.repeat(1_000_000)}`);
      expect(await client.response()).toMatchObject({
        status: 413,
        body: 'too large',
        headers: { connection: 'close' },
      });
      client.send('x'.repeat(1_000_000));
      await client.untilClosed();
    });

    test('a client that leaves in the middle of one reaches no handler, or breaks its stream', async () => {
      let broken: Error | undefined;
      const { handler, requests } = recorder(async ({ body }) => {
        await readAll(body).catch((error: Error) => (broken = error));
        return text('nobody reads this');
      });
      const { httpPort, listener } = await start(subject, handler, { limits: { collectBytes: 10 } });
      const small = await RawClient.connect(httpPort);
      small.send(`${post('content-length: 10')}half`);
      await eventually(() => listener.stats().collectedBytes === 10);
      small.socket.destroy();
      await eventually(() => listener.stats().collectedBytes === 0);
      const large = await RawClient.connect(httpPort);
      large.send(`${post('content-length: 20')}half`);
      await eventually(() => requests.length === 1);
      large.socket.destroy();
      await eventually(() => broken !== undefined);
      await eventually(() => listener.stats().requests === 0);
    });
  });
}
