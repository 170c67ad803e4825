import { eventually } from '@gateway/testing';
import { expect, test } from '@jest/globals';
import { createServer as createHttpServer } from 'node:http';
import type { HttpEndpoint } from '../../http-client';
import { createClient, failsWith, listen, request, upstream } from './http-client.fixture';

test('joins a connection after 101, and passes a refusal on', async () => {
  const endpoint = await upstream((_, writer) =>
    writer.writeHead(404, { 'content-length': 15 }).end('no sockets here'),
  );
  const server = createHttpServer((_, writer) => writer.writeHead(403).end('not you'));
  server.on('upgrade', (message, socket) => {
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: ${message.headers['sec-websocket-key']}\r\n\r\nearly`,
    );
    socket.on('data', (chunk: Buffer) => socket.write(`echo ${chunk.toString()}`)).on('error', () => undefined);
  });
  const tunnelled: HttpEndpoint = { origin: `http://127.0.0.1:${await listen(server)}`, protocol: 'http1' };
  const client = createClient();
  const headers = ['host', 'a', 'sec-websocket-key', 'k'];
  const response = await client.tunnel(tunnelled, request({ headers }), 'websocket');
  expect(response).toMatchObject({ status: 101, headers: ['sec-websocket-accept', 'k'], body: null });
  let received = '';
  response.tunnel!.on('data', (chunk: Buffer) => (received += chunk.toString()));
  response.tunnel!.write('hi');
  await eventually(() => received === 'earlyecho hi');
  response.tunnel!.destroy();
  expect(await client.tunnel(endpoint, request(), 'websocket')).toMatchObject({
    status: 404,
    body: Buffer.from('no sockets here'),
  });
  expect(await client.send(tunnelled, request())).toMatchObject({ status: 403 });
});

test('one that comes too late is closed', async () => {
  let closed = false;
  let cancel = (): void => undefined;
  const server = createHttpServer();
  server.on('upgrade', (_, socket) => {
    socket
      .on('end', () => (closed = true))
      .on('error', () => (closed = true))
      .resume();
    cancel();
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
  });
  const endpoint: HttpEndpoint = { origin: `http://127.0.0.1:${await listen(server)}`, protocol: 'http1' };
  const call = createClient().tunnel(endpoint, request({ onCancel: (listener) => (cancel = listener) }), 'websocket');
  await expect(call).rejects.toEqual(failsWith('GW_CLIENT_CLOSED'));
  await eventually(() => closed);
});
