import type { EdgeResponse } from '@gateway/pipeline';
import { expect, test } from '@jest/globals';
import { Readable } from 'node:stream';
import { createClient, rawUpstream, request, textOf, upstream } from './http-client.fixture';

test('passes method, target, fields and body on, and the answer back', async () => {
  const endpoint = await upstream((message, writer) => {
    const seen = `${message.method} ${message.url} ${JSON.stringify(message.rawHeaders)}`;
    message
      .resume()
      .on('end', () =>
        writer
          .writeHead(201, ['X-Seen', seen, 'Set-Cookie', 'a', 'Set-Cookie', 'b', 'Date', 'now', 'Content-Length', '5'])
          .end('hello'),
      );
  });
  const headers = [
    'host',
    'api.example',
    'x-a',
    '1',
    'x-a',
    '2',
    'content-length',
    '999',
    'connection',
    'x',
    'te',
    'trailers',
  ];
  const response = await createClient().send(
    endpoint,
    request({ method: 'POST', target: '/a?b=c', headers, body: Buffer.from('hi') }),
  );
  expect(response).toMatchObject({ status: 201, body: Buffer.from('hello') });
  expect(response.headers).toEqual([
    'x-seen',
    expect.any(String),
    'set-cookie',
    'a',
    'set-cookie',
    'b',
    'date',
    'now',
    'content-length',
    '5',
  ]);
  expect(response.headers[1]).toBe(
    'POST /a?b=c ["host","api.example","connection","keep-alive","x-a","1","x-a","2","content-length","2"]',
  );
});

test('a body of known, small length is one buffer; others are streams', async () => {
  const endpoint = await upstream(({ url }, writer) => {
    if (url === '/chunked') writer.write('one');
    else writer.setHeader('content-length', url === '/large' ? 100_000 : 3);
    writer.end(url === '/large' ? 'x'.repeat(100_000) : 'two');
  });
  const client = createClient();
  const ask = (target: string): Promise<EdgeResponse> => client.send(endpoint, request({ target }));
  expect((await ask('/small')).body).toEqual(Buffer.from('two'));
  for (const [target, text] of [
    ['/chunked', 'onetwo'],
    ['/large', 'x'.repeat(100_000)],
  ] as const) {
    const { body } = await ask(target);
    expect(body).toBeInstanceOf(Readable);
    expect(await textOf(body)).toBe(text);
  }
});

test('an empty answer has no body, nor have answers to HEAD, 204 and 304', async () => {
  const endpoint = await upstream(({ url }, writer) =>
    writer.writeHead(Number(url!.slice(1))).end(url === '/200' ? 'xx' : ''),
  );
  const client = createClient();
  expect(await client.send(endpoint, request({ method: 'HEAD', target: '/200' }))).toMatchObject({
    status: 200,
    body: null,
  });
  for (const status of [204, 304, 404]) {
    expect(await client.send(endpoint, request({ target: `/${status}` }))).toMatchObject({ status });
  }
});

test('trailers that were announced come after the body', async () => {
  const endpoint = await upstream((_, writer) => {
    writer.writeHead(200, ['trailer', 'X-Sum']);
    writer.addTrailers({ 'X-Sum': '6' });
    writer.end('123');
  });
  const { body, trailers } = await createClient().send(endpoint, request());
  await textOf(body);
  expect(trailers!()).toEqual(['x-sum', '6']);
});

test('interim answers are skipped, and fields of the connection dropped', async () => {
  const head =
    'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\nconnection: keep-alive, x-hop\r\nx-hop: 1\r\nX-Kept: \xe9\r\ncontent-length: 2\r\n\r\nok';
  const response = await createClient().send(await rawUpstream(head), request());
  expect(response).toMatchObject({ status: 200, body: Buffer.from('ok') });
  expect(response.headers).toEqual(['x-kept', '\xe9', 'content-length', '2']);
});
