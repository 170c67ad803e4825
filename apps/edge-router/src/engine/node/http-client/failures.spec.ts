import { eventually, fakeClock } from '@gateway/testing';
import { expect, test } from '@jest/globals';
import { createServer as createTcpServer } from 'node:net';
import { Readable } from 'node:stream';
import type { HttpEndpoint } from '../../http-client';
import { createClient, failsWith, listen, request, upstream } from './http-client.fixture';

test('nobody listens: refused', async () => {
  const server = createTcpServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  const call = createClient().send({ origin: `http://127.0.0.1:${port}`, protocol: 'http1' }, request());
  await expect(call).rejects.toEqual(failsWith('GW_UPSTREAM_REFUSED'));
});

test('an address that does not answer: refused after the connect time', async () => {
  const clock = fakeClock();
  // A port whose queue is full would do; an address from TEST-NET-1 is simpler, routed nowhere or refused at once.
  const endpoint: HttpEndpoint = { origin: 'http://192.0.2.1:81', protocol: 'http1' };
  const call = createClient({ connectTimeoutMs: 100 }, clock).send(endpoint, request({ timeoutMs: 0 }));
  clock.advance(100);
  await expect(call).rejects.toEqual(failsWith('GW_UPSTREAM_REFUSED'));
});

test.each([
  ['closes without a word', '', 'GW_UPSTREAM_REFUSED'],
  ['speaks another protocol', '220 smtp.example ready\r\n', 'GW_UPSTREAM_PROTOCOL'],
  ['breaks off in the head', 'HTTP/1.1 200 OK\r\nx-a:', 'GW_UPSTREAM_PROTOCOL'],
  ['breaks off in a small body', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf', 'GW_UPSTREAM_PROTOCOL'],
  ['sends a head without end', `HTTP/1.1 200 OK\r\nx-a: ${'x'.repeat(100_000)}`, 'GW_UPSTREAM_PROTOCOL'],
  [
    'switches protocols unasked',
    'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
    'GW_UPSTREAM_PROTOCOL',
  ],
])('an upstream that %s', async (_, bytes, code) => {
  const server = createTcpServer((socket) => socket.once('data', () => socket.end(bytes)));
  const endpoint: HttpEndpoint = { origin: `http://127.0.0.1:${await listen(server)}`, protocol: 'http1' };
  await expect(createClient().send(endpoint, request())).rejects.toEqual(failsWith(code));
});

test('an answer that takes too long is a timeout, and the upstream is left', async () => {
  const clock = fakeClock();
  let closed = false;
  let asked = false;
  const endpoint = await upstream((_, writer) => {
    asked = true;
    writer.on('close', () => (closed = true));
  });
  const call = createClient({}, clock).send(endpoint, request({ timeoutMs: 1_000 }));
  await eventually(() => asked);
  clock.advance(999);
  clock.advance(1);
  await expect(call).rejects.toEqual(failsWith('GW_TIMEOUT'));
  await eventually(() => closed);
});

test('the time of an upload does not count', async () => {
  const clock = fakeClock();
  let asked = false;
  const endpoint = await upstream((message) => {
    asked = true;
    message.resume();
  });
  const body = new Readable({ read: () => undefined });
  const call = createClient({}, clock).send(endpoint, request({ method: 'POST', body, timeoutMs: 1_000 }));
  body.push('half');
  await eventually(() => asked);
  clock.advance(10_000);
  body.push(null);
  await eventually(() => {
    clock.advance(1_000);
    return body.destroyed;
  });
  await expect(call).rejects.toEqual(failsWith('GW_TIMEOUT'));
});

test('a client that goes away leaves the upstream', async () => {
  let cancel = (): void => undefined;
  let asked = 0;
  let closed = 0;
  const endpoint = await upstream((_, writer) => {
    asked++;
    writer.on('close', () => closed++);
  });
  const client = createClient({ connections: 1 });
  const call = client.send(endpoint, request({ onCancel: (listener) => (cancel = listener) }));
  const waiting = client.send(endpoint, request({ onCancel: (listener) => listener() }));
  await expect(waiting).rejects.toEqual(failsWith('GW_CLIENT_CLOSED'));
  await eventually(() => asked === 1);
  cancel();
  await expect(call).rejects.toEqual(failsWith('GW_CLIENT_CLOSED'));
  await eventually(() => closed === 1);
  expect(asked).toBe(1);
});

test('a request that cannot be sent is our own failure', async () => {
  const endpoint = await upstream((_, writer) => writer.end());
  const call = createClient().send(endpoint, request({ headers: ['host', 'a', 'x-a', 'one\r\ntwo'] }));
  await expect(call).rejects.toEqual(failsWith('GW_INTERNAL'));
});
