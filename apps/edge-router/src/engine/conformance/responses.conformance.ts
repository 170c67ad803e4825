import { eventually } from '@gateway/testing';
import { describe, expect, test } from '@jest/globals';
import type { EdgeResponse, ResponseEnd } from '@gateway/pipeline';
import { Readable } from 'node:stream';
import { RawClient, ask, recorder, start, text, type Subject } from './harness.conformance';

const GET = 'GET / HTTP/1.1\r\nhost: a.example\r\n\r\n';
const HEAD = 'HEAD / HTTP/1.1\r\nhost: a.example\r\n\r\n';

/** What an engine does with responses, seen over HTTP/1. */
export function responseConformance(subject: Subject): void {
  const serve = (response: () => EdgeResponse) => start(subject, () => response());

  describe('HTTP/1.1 responses', () => {
    test('have a true length, a date and no header of the connection', async () => {
      const headers = [
        'content-length',
        '999',
        'x-a',
        '1',
        'connection',
        'x',
        'transfer-encoding',
        'x',
        'set-cookie',
        'a',
        'set-cookie',
        'b',
      ];
      const { httpPort } = await serve(() => text('hello', { headers }));
      const client = await RawClient.connect(httpPort);
      client.send(GET);
      await eventually(() => client.received.endsWith('hello'));
      expect(client.received).toMatch(
        /^HTTP\/1.1 200 OK\r\nx-a: 1\r\nset-cookie: a\r\nset-cookie: b\r\ncontent-length: 5\r\nDate: [^\r]*GMT\r\n\r\nhello$/,
      );
      expect(headers).toHaveLength(12);
    });

    test.each([
      [200, HEAD, '5'],
      [204, GET, undefined],
      [304, GET, undefined],
    ])('%d to %j has no body', async (status, request, length) => {
      const { httpPort } = await serve(() => text('hello', { status, headers: [] }));
      const client = await RawClient.connect(httpPort);
      const first = await client.send(request).response({ head: true });
      expect(first).toMatchObject({ status });
      expect(first.headers['content-length']).toBe(length);
      // Bytes of a body would be taken for the next response.
      expect(await client.send(request).response({ head: true })).toMatchObject({ status });
    });

    test('without a body have length 0; HEAD keeps the length that it was given', async () => {
      const { httpPort } = await serve(() => ({ status: 200, headers: ['content-length', '7'], body: null }));
      expect((await ask(httpPort, GET)).headers['content-length']).toBe('0');
      expect((await ask(httpPort, HEAD, { head: true })).headers['content-length']).toBe('7');
    });

    test('bytes arrive as they were sent, in any size', async () => {
      const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7) % 256));
      for (const size of [1, 256, 16_384, 16_385, 100_000]) {
        const { httpPort } = await serve(() => ({ status: 200, headers: [], body: bytes.subarray(0, size) }));
        expect((await ask(httpPort, GET)).body).toBe(bytes.subarray(0, size).toString('latin1'));
      }
    });

    test('streams are chunked, and end with their trailers', async () => {
      const body = (): Readable => Readable.from([Buffer.from('one'), Buffer.from('two')]);
      const { httpPort } = await serve(() => ({
        status: 200,
        headers: [],
        body: body(),
        trailers: () => ['x-sum', '6', 'x-b', '2'],
      }));
      const client = await RawClient.connect(httpPort);
      expect(await client.send(GET).response()).toMatchObject({ body: 'onetwo', trailers: 'x-sum: 6\r\nx-b: 2' });
      expect(await client.send(GET).response()).toMatchObject({ body: 'onetwo' });
    });

    test('a body that is whole already is chunked when it has trailers, where there are chunks', async () => {
      const { httpPort } = await serve(() => text('hello', { headers: [], trailers: () => ['x-sum', '5'] }));
      expect(await ask(httpPort, GET)).toMatchObject({ body: 'hello', trailers: 'x-sum: 5' });
      const old = await ask(httpPort, 'GET / HTTP/1.0\r\n\r\n');
      expect(old).toMatchObject({ body: 'hello', headers: { 'content-length': '5' } });
      expect((await ask(httpPort, HEAD, { head: true })).status).toBe(200);
    });

    test('streams with a known length keep it; to HTTP/1.0 the end of the connection is the end', async () => {
      const body = (): Readable => Readable.from([Buffer.from('one'), Buffer.from('two')]);
      const { httpPort } = await serve(() => ({ status: 200, headers: ['content-length', '6'], body: body() }));
      expect(await ask(httpPort, GET)).toMatchObject({ body: 'onetwo', headers: { 'content-length': '6' } });
      const unknown = await serve(() => ({ status: 200, headers: [], body: body() }));
      const old = await ask(unknown.httpPort, 'GET / HTTP/1.0\r\n\r\n');
      expect(old.body).toBe('onetwo');
      expect(old.headers).not.toHaveProperty('transfer-encoding');
    });

    test('the head of a stream is sent before its first byte', async () => {
      const body = new Readable({ read: () => undefined });
      const { httpPort } = await serve(() => ({ status: 200, headers: ['x-early', '1'], body }));
      const client = await RawClient.connect(httpPort);
      client.send(GET);
      await eventually(() => client.received.includes('x-early: 1'));
      body.push('data');
      body.push(null);
      expect((await client.response()).body).toBe('data');
    });

    test('a stream for a response without a body is destroyed', async () => {
      const body = Readable.from([Buffer.from('one')]);
      const { httpPort } = await serve(() => ({ status: 200, headers: [], body }));
      expect((await ask(httpPort, HEAD, { head: true })).status).toBe(200);
      await eventually(() => body.destroyed);
    });
  });

  describe('the end of a response', () => {
    const observed = () => {
      const ends: ResponseEnd[] = [];
      return { ends, onEnd: (end: ResponseEnd) => void ends.push(end) };
    };

    test('is told once, with the bytes of the body', async () => {
      const { ends, onEnd } = observed();
      const { httpPort } = await start(subject, ({ target }) =>
        target === '/stream'
          ? { status: 200, headers: [], body: Readable.from([Buffer.from('123')]), onEnd }
          : text('hello', { onEnd }),
      );
      await ask(httpPort, GET);
      await ask(httpPort, GET.replace('/ ', '/stream '));
      await ask(httpPort, HEAD, { head: true });
      await eventually(() => ends.length === 3);
      expect(ends).toEqual([
        { bytes: 5, complete: true },
        { bytes: 3, complete: true },
        { bytes: 0, complete: true },
      ]);
    });

    test('a client that leaves before the answer cancels the request; the late answer is discarded', async () => {
      const { ends, onEnd } = observed();
      let cancelled = 0;
      let answer = (_: EdgeResponse): void => undefined;
      const { handler, requests } = recorder((request) => {
        request.onCancel(() => cancelled++);
        return new Promise((resolve) => (answer = resolve));
      });
      const { httpPort, listener } = await start(subject, handler);
      const client = await RawClient.connect(httpPort);
      client.send(GET);
      await eventually(() => requests.length === 1);
      client.socket.destroy();
      await eventually(() => cancelled === 1);
      const late = Readable.from([Buffer.from('x')]);
      answer({ status: 200, headers: [], body: late, onEnd });
      await eventually(() => ends.length === 1);
      expect(ends).toEqual([{ bytes: 0, complete: false }]);
      expect(late.destroyed).toBe(true);
      requests[0]!.onCancel(() => cancelled++);
      expect(cancelled).toBe(2);
      expect(listener.stats().requests).toBe(0);
    });

    test('a client that leaves in the middle cancels the request and ends the body', async () => {
      const { ends, onEnd } = observed();
      let cancelled = 0;
      const body = new Readable({ read: () => undefined });
      const { httpPort } = await start(subject, (request) => {
        request.onCancel(() => cancelled++);
        body.push('some');
        return { status: 200, headers: [], body, onEnd };
      });
      const client = await RawClient.connect(httpPort);
      client.send(GET);
      await eventually(() => client.received.includes('some'));
      client.socket.destroy();
      await eventually(() => ends.length === 1);
      expect(ends).toEqual([{ bytes: 4, complete: false }]);
      expect(body.destroyed).toBe(true);
      expect(cancelled).toBe(1);
    });

    test('a complete one cancels nothing', async () => {
      let cancelled = 0;
      const { ends, onEnd } = observed();
      const { httpPort } = await start(subject, (request) => {
        request.onCancel(() => cancelled++);
        return text('ok', { onEnd });
      });
      const client = await RawClient.connect(httpPort);
      await client.send(GET).response();
      client.socket.destroy();
      await eventually(() => client.closed && ends.length === 1);
      expect(cancelled).toBe(0);
    });

    test('a body that breaks breaks the connection: the client must not take it for whole', async () => {
      const { ends, onEnd } = observed();
      const { httpPort } = await start(subject, () => {
        const body = new Readable({ read: () => undefined });
        body.push('some');
        setImmediate(() => setImmediate(() => body.destroy(new Error('upstream reset'))));
        return { status: 200, headers: [], body, onEnd };
      });
      const client = await RawClient.connect(httpPort);
      client.send(GET);
      await client.untilClosed();
      expect(client.received).not.toContain('\r\n0\r\n');
      await eventually(() => ends.length === 1);
      expect(ends[0]).toMatchObject({ complete: false });
    });

    test('a body that was broken before the engine saw it breaks the connection too', async () => {
      const { httpPort } = await start(subject, () => {
        const body = new Readable({ read: () => undefined });
        body.destroy();
        return { status: 200, headers: [], body };
      });
      const client = await RawClient.connect(httpPort);
      client.send(GET);
      await client.untilClosed();
      expect(client.received).not.toContain('\r\n0\r\n');
    });
  });

  describe('a handler that fails', () => {
    test.each([
      [
        'throws',
        () => {
          throw new Error('bug');
        },
      ],
      ['rejects', () => Promise.reject(new Error('bug'))],
      ['answers with a header that is none', () => text('x', { headers: ['x-a', 'one\r\ntwo: 2'] })],
      ['answers with a status that is none', () => text('x', { status: 42 })],
    ])('%s: a bare problem, and the error is reported', async (_, handler) => {
      const { httpPort, errors } = await start(subject, handler as never);
      const client = await RawClient.connect(httpPort);
      const { status, headers, body } = await client.send(GET).response();
      expect(status).toBe(500);
      expect(headers['content-type']).toBe('application/problem+json');
      expect(JSON.parse(body)).toMatchObject({ code: 'GW_INTERNAL', status: 500 });
      expect(body).not.toContain('bug');
      expect(errors).toHaveLength(1);
      expect((await client.send(GET).response()).status).toBe(500);
    });
  });
}
