import { eventually, fakeClock } from '@gateway/testing';
import { describe, expect, test } from '@jest/globals';
import type { EdgeResponse, ResponseEnd } from '@gateway/pipeline';
import { constants, type ClientHttp2Stream } from 'node:http2';
import { Readable } from 'node:stream';
import { askHttp2, http2Session, readAll, recorder, start, text, type Subject } from './harness.conformance';

const rstCodeOf = (stream: ClientHttp2Stream): Promise<number> =>
  new Promise((resolve) => stream.on('error', () => undefined).once('close', () => resolve(stream.rstCode)));

/** What an engine does over HTTP/2. */
export function http2Conformance(subject: Subject): void {
  describe('HTTP/2', () => {
    test('requests are handed over like those of HTTP/1', async () => {
      const { handler, requests } = recorder();
      const { httpsPort } = await start(subject, handler);
      const session = await http2Session(httpsPort);
      const headers = { ':path': '/a?b', ':authority': 'A.example:1', cookie: ['a=1', 'b=2'], 'x-a': '1' };
      const response = await askHttp2(session, headers);
      expect(response).toMatchObject({ status: 200, body: 'ok' });
      expect(response.headers).toMatchObject({ 'content-length': '2', date: expect.stringContaining('GMT') });
      expect(requests[0]).toMatchObject({
        method: 'GET',
        target: '/a?b',
        scheme: 'https',
        authority: 'a.example:1',
        version: '2',
        body: null,
        remoteAddress: '127.0.0.1',
      });
      expect(requests[0]!.headers).toEqual(['cookie', 'a=1; b=2', 'x-a', '1', 'host', 'A.example:1']);
    });

    test('small bodies are one buffer, others streams; both come back', async () => {
      const { handler, requests } = recorder(async ({ body }) =>
        text(Buffer.isBuffer(body) ? body.toString() : await readAll(body)),
      );
      const { httpsPort, listener } = await start(subject, handler, { limits: { collectBytes: 10 } });
      const session = await http2Session(httpsPort);
      const post = { ':method': 'POST', ':path': '/' };
      expect((await askHttp2(session, { ...post, 'content-length': '5' }, 'hello')).body).toBe('hello');
      expect((await askHttp2(session, { ...post, 'content-length': '20' }, 'x'.repeat(20))).body).toBe('x'.repeat(20));
      expect((await askHttp2(session, post, 'no length')).body).toBe('no length');
      expect(requests.map(({ body }) => Buffer.isBuffer(body))).toEqual([true, false, false]);
      expect(listener.stats().collectedBytes).toBe(0);
    });

    test('responses stream, with trailers; HEAD, 204 and 304 have no body', async () => {
      const { handler } = recorder(({ target }) => {
        if (target !== '/stream') return text('hello', { status: Number(target.slice(1)) });
        return {
          status: 200,
          headers: [],
          body: Readable.from([Buffer.from('12'), Buffer.from('3')]),
          trailers: () => ['x-sum', '6'],
        };
      });
      const { httpsPort } = await start(subject, handler);
      const session = await http2Session(httpsPort);
      expect(await askHttp2(session, { ':path': '/stream' })).toMatchObject({
        body: '123',
        trailers: { 'x-sum': '6' },
      });
      const head = await askHttp2(session, { ':method': 'HEAD', ':path': '/200' });
      expect(head).toMatchObject({ status: 200, body: '', headers: { 'content-length': '5' } });
      expect(await askHttp2(session, { ':path': '/204' })).toMatchObject({ status: 204, body: '' });
      expect(await askHttp2(session, { ':path': '/304' })).toMatchObject({ status: 304, body: '' });
    });

    test('the end of a response is told once', async () => {
      const ends: ResponseEnd[] = [];
      const onEnd = (end: ResponseEnd): void => void ends.push(end);
      const { handler } = recorder(({ target }) =>
        target === '/stream'
          ? { status: 200, headers: [], body: Readable.from([Buffer.from('123')]), onEnd }
          : text('hello', { onEnd }),
      );
      const { httpsPort } = await start(subject, handler);
      const session = await http2Session(httpsPort);
      await askHttp2(session, { ':path': '/' });
      await askHttp2(session, { ':path': '/stream' });
      await eventually(() => ends.length === 2);
      expect(ends).toEqual([
        { bytes: 5, complete: true },
        { bytes: 3, complete: true },
      ]);
    });

    test('a reset stream cancels its request; a late answer is discarded', async () => {
      let cancelled = 0;
      const ends: ResponseEnd[] = [];
      let answer = (_: EdgeResponse): void => undefined;
      const { handler, requests } = recorder((request) => {
        request.onCancel(() => cancelled++);
        return new Promise((resolve) => (answer = resolve));
      });
      const { httpsPort, listener } = await start(subject, handler);
      const stream = (await http2Session(httpsPort)).request({ ':path': '/' });
      await eventually(() => requests.length === 1);
      stream.close(constants.NGHTTP2_CANCEL);
      await eventually(() => cancelled === 1);
      answer(text('late', { onEnd: (end) => ends.push(end) }));
      await eventually(() => ends.length === 1);
      expect(ends).toEqual([{ bytes: 0, complete: false }]);
      expect(listener.stats().requests).toBe(0);
    });

    test('a body that breaks resets its stream, and only that', async () => {
      const { handler } = recorder(({ target }) => {
        if (target === '/') return text('ok');
        const body = new Readable({ read: () => undefined });
        body.push('some');
        setImmediate(() => setImmediate(() => body.destroy(new Error('upstream reset'))));
        return { status: 200, headers: [], body };
      });
      const { httpsPort } = await start(subject, handler);
      const session = await http2Session(httpsPort);
      await expect(askHttp2(session, { ':path': '/broken' })).rejects.toMatchObject({ code: 'ERR_HTTP2_STREAM_ERROR' });
      expect((await askHttp2(session, { ':path': '/' })).body).toBe('ok');
    });

    test('a client may be answered before it has sent everything', async () => {
      const { handler } = recorder(({ body }) => {
        (body as Readable).destroy();
        return text('too large', { status: 413 });
      });
      const { httpsPort, listener } = await start(subject, handler);
      const session = await http2Session(httpsPort);
      const stream = session.request({ ':method': 'POST', ':path': '/' });
      stream.on('error', () => undefined);
      stream.write('x'.repeat(10_000));
      expect(await readAll(stream)).toBe('too large');
      await eventually(() => listener.stats().requests === 0);
      expect(await rstOrNone(stream)).toBe(constants.NGHTTP2_NO_ERROR);
    });

    test('an answer without a body reaches a client that has not sent everything, and ends with its head', async () => {
      const { handler } = recorder(() => ({ status: 200, headers: ['grpc-status', '7'], body: null }));
      const { httpsPort, listener } = await start(subject, handler);
      const session = await http2Session(httpsPort);
      const stream = session.request({ ':method': 'POST', ':path': '/' });
      stream.write('some');
      const flags = await new Promise((resolve) =>
        stream.once('response', (headers, bits) =>
          resolve([headers['grpc-status'], bits & constants.NGHTTP2_FLAG_END_STREAM]),
        ),
      );
      expect(flags).toEqual(['7', constants.NGHTTP2_FLAG_END_STREAM]);
      await eventually(() => listener.stats().requests === 0);
    });

    test('a body that is whole already has trailers, too', async () => {
      const { handler } = recorder(() => text('whole', { trailers: () => ['x-sum', '1', 'x-sum', '2'] }));
      const { httpsPort } = await start(subject, handler);
      const response = await askHttp2(await http2Session(httpsPort), { ':path': '/' });
      expect(response).toMatchObject({ body: 'whole', trailers: { 'x-sum': '1, 2' } });
    });

    test('both sides may speak at a time', async () => {
      const { handler } = recorder(({ body }) => ({ status: 200, headers: [], body }));
      const { httpsPort, listener } = await start(subject, handler);
      const stream = (await http2Session(httpsPort)).request({ ':method': 'POST', ':path': '/' });
      stream.setEncoding('utf8');
      let heard = '';
      stream.on('data', (chunk: string) => (heard += chunk));
      for (const word of ['one', 'two']) {
        stream.write(word);
        await eventually(() => heard.endsWith(word));
      }
      stream.end();
      await eventually(() => listener.stats().requests === 0);
      expect(heard).toBe('onetwo');
    });

    test('100-continue is sent before a body is read', async () => {
      const { handler } = recorder(async ({ body }) =>
        text(Buffer.isBuffer(body) ? body.toString() : await readAll(body)),
      );
      const { httpsPort } = await start(subject, handler, { limits: { collectBytes: 10 } });
      const session = await http2Session(httpsPort);
      for (const length of [5, 20]) {
        const headers = { ':method': 'POST', ':path': '/', expect: '100-continue', 'content-length': String(length) };
        const stream = session.request(headers);
        await new Promise<void>((resolve) => stream.once('continue', resolve));
        stream.end('x'.repeat(length));
        expect(await readAll(stream)).toBe('x'.repeat(length));
      }
    });

    test.each([
      ['TRACE', 405, { ':method': 'TRACE', ':path': '/' }],
      ['two different hosts', 400, { ':path': '/', ':authority': 'a', host: 'b' }],
      ['a host in brackets that is no address', 400, { ':path': '/', ':authority': '[x]' }],
      [
        '101 header fields',
        431,
        { ':path': '/', ...Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`x-${i}`, '1'])) },
      ],
      ['a target of 9 KB', 414, { ':path': `/${'x'.repeat(9_000)}` }],
    ])('%s: %d as a problem, and the connection goes on', async (_, status, headers) => {
      const { handler, requests } = recorder();
      const { httpsPort } = await start(subject, handler);
      const session = await http2Session(httpsPort);
      const response = await askHttp2(session, headers as Record<string, string>);
      expect(response.status).toBe(status);
      expect(response.headers['content-type']).toBe('application/problem+json');
      expect(JSON.parse(response.body)).toMatchObject({ status });
      expect(requests).toHaveLength(0);
      expect((await askHttp2(session, { ':path': '/' })).status).toBe(200);
    });

    test.each([
      ['an asterisk', { ':method': 'GET', ':path': '*' }],
      ['a host with a path', { ':path': '/', ':authority': 'a/b' }],
      ['a field of the connection', { ':path': '/', 'transfer-encoding': 'chunked' }],
      ['another length than it has', { ':method': 'POST', ':path': '/', 'content-length': '1' }],
    ])('%s never reaches the handler', async (_, headers) => {
      const { handler, requests } = recorder();
      const { httpsPort } = await start(subject, handler);
      const session = await http2Session(httpsPort);
      const asked = async (): Promise<number> =>
        (await askHttp2(session, headers as Record<string, string>, 'longer')).status;
      expect(await asked().catch(() => 400)).toBe(400);
      expect(requests).toHaveLength(0);
    });

    test.each([
      ['reset stream', (stream: ClientHttp2Stream) => stream.destroy(new Error('reset'))],
      ['broken connection', (stream: ClientHttp2Stream) => stream.session!.destroy()],
    ])('a %s cancels a request whose body nobody has read, and breaks that', async (_, breakOff) => {
      let cancelled = 0;
      const { handler, requests } = recorder((request) => {
        request.onCancel(() => cancelled++);
        return new Promise(() => undefined);
      });
      const { httpsPort, listener } = await start(subject, handler);
      const stream = (await http2Session(httpsPort)).request({ ':method': 'POST', ':path': '/' });
      stream.on('error', () => undefined).write('x'.repeat(10_000));
      await eventually(() => requests.length === 1);
      (requests[0]!.body as Readable).read(0);
      breakOff(stream);
      await eventually(() => cancelled === 1 && (requests[0]!.body as Readable).destroyed);
      expect(listener.stats().requests).toBe(0);
    });

    test('CONNECT is refused', async () => {
      const { handler, requests } = recorder();
      const { httpsPort } = await start(subject, handler);
      const session = await http2Session(httpsPort);
      expect(await askHttp2(session, { ':method': 'CONNECT', ':authority': 'a:443' })).toMatchObject({ status: 405 });
      expect(requests).toHaveLength(0);
    });

    test('headers beyond all bounds cost a reset stream', async () => {
      const { handler, requests } = recorder();
      const { httpsPort } = await start(subject, handler);
      const session = await http2Session(httpsPort);
      const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`x-${i}`, '1']));
      expect(await rstCodeOf(session.request({ ':path': '/', ...many }))).not.toBe(constants.NGHTTP2_NO_ERROR);
      expect(requests).toHaveLength(0);
    });

    test('the client is told the limits', async () => {
      const { httpsPort } = await start(subject, recorder().handler, { limits: { streams: 7, headerBytes: 1_000 } });
      const session = await http2Session(httpsPort);
      await eventually(() => session.remoteSettings.maxConcurrentStreams === 7);
      expect(session.remoteSettings.maxHeaderListSize).toBe(1_000);
    });

    test('a client that opens and resets streams without end is cut off', async () => {
      const { handler } = recorder(() => new Promise(() => undefined));
      const { httpsPort } = await start(subject, handler, { limits: { resetBurst: 20, resetsPerSecond: 1 } });
      const session = await http2Session(httpsPort);
      let closed = false;
      session.once('close', () => (closed = true));
      await eventually(() => {
        for (let i = 0; i < 50 && !session.closed && !session.destroyed; i++) {
          const stream = session.request({ ':path': '/' });
          stream.on('error', () => undefined);
          stream.close(constants.NGHTTP2_CANCEL);
        }
        return closed;
      });
    });

    test.each([
      ['small', { 'content-length': '10' }],
      ['streamed', {}],
    ])('a %s body that never ends is refused in time', async (_, length) => {
      const clock = fakeClock();
      const { handler } = recorder(() => new Promise(() => undefined));
      const { httpsPort, listener } = await start(subject, handler, { clock, limits: { requestMs: 10_000 } });
      const session = await http2Session(httpsPort);
      const stream = session.request({ ':method': 'POST', ':path': '/', ...length });
      stream.on('error', () => undefined);
      stream.write('half');
      let status = 0;
      stream.on('response', (headers) => (status = headers[':status']!));
      await eventually(() => listener.stats().requests === 1);
      clock.advance(9_000);
      expect(status).toBe(0);
      clock.advance(2_000);
      await eventually(() => status === 408);
      await eventually(() => listener.stats().requests === 0 && listener.stats().collectedBytes === 0);
    });

    test('a handler that fails gives a bare problem on its stream', async () => {
      const { httpsPort, errors } = await start(subject, ({ target }) => {
        if (target === '/') throw new Error('bug');
        return text('x', { headers: ['x-a', 'one\r\ntwo'] });
      });
      const session = await http2Session(httpsPort);
      for (const path of ['/', '/header']) expect((await askHttp2(session, { ':path': path })).status).toBe(500);
      expect(errors).toHaveLength(2);
    });
  });
}

/** The code a finished stream was closed with. */
const rstOrNone = (stream: ClientHttp2Stream): Promise<number> =>
  stream.closed ? Promise.resolve(stream.rstCode) : rstCodeOf(stream);
