import { eventually } from '@gateway/testing';
import { expect, test } from '@jest/globals';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { createClient, endpointAt, failsWith, idle, listen, OK, rawUpstream, request } from './http-client.fixture';

test('costs an idempotent request nothing', async () => {
  const endpoint = await rawUpstream(OK, 1);
  const client = createClient();
  for (let i = 0; i < 3; i++) expect(await client.send(endpoint, request())).toMatchObject({ status: 200 });
  expect(endpoint.connections.length).toBeGreaterThan(1);
});

test('fails one that must not be sent twice', async () => {
  const endpoint = await rawUpstream(OK, 1);
  const client = createClient();
  await client.send(endpoint, request());
  await idle();
  const post = client.send(endpoint, request({ method: 'POST', body: Buffer.from('x') }));
  await expect(post).rejects.toEqual(failsWith('GW_UPSTREAM_REFUSED'));
});

test('a server that closes fresh connections is not asked twice', async () => {
  const endpoint = await rawUpstream(OK, 0);
  await expect(createClient().send(endpoint, request())).rejects.toEqual(failsWith('GW_UPSTREAM_REFUSED'));
  expect(endpoint.connections).toEqual([1]);
});

test('costs many hundred idempotent requests nothing, whenever it happens', async () => {
  // Each connection is closed by the use after its first to third answer, its idle ones at the worst moment.
  let accepted = 0;
  const server = createTcpServer((socket) => {
    let left = 1 + (accepted++ % 3);
    socket.on('data', () => (left-- > 0 ? socket.write(OK) : socket.resetAndDestroy()));
  });
  const endpoint = endpointAt(await listen(server));
  const client = createClient();
  const methods = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'];
  const worker = async (): Promise<void> => {
    for (let i = 0; i < 60; i++) {
      expect(await client.send(endpoint, request({ method: methods[i % methods.length]! }))).toMatchObject({
        status: 200,
      });
      await idle();
    }
  };
  await Promise.all(Array.from({ length: 10 }, worker));
  expect(accepted).toBeGreaterThan(200);
});

test('costs nothing when the connection was opened ahead and never used', async () => {
  let accepted = 0;
  const server = createTcpServer((socket) => {
    const stale = accepted++ < 2;
    socket.on('data', () => (stale ? socket.destroy() : socket.write(OK)));
  });
  const endpoint = endpointAt(await listen(server));
  const client = createClient();
  client.setTarget(endpoint, 2);
  await eventually(() => client.usage()[0]?.connections === 2);
  expect(await client.send(endpoint, request())).toMatchObject({ status: 200 });
});

test.each<[string, (socket: Socket) => unknown]>([
  ['closed', (socket) => socket.end()],
  ['reset', (socket) => socket.resetAndDestroy()],
])('a request that was not written when its connection was %s goes over another, whatever it is', async (_, end) => {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket);
    socket.on('data', () => socket.write(OK));
  });
  const endpoint = endpointAt(await listen(server));
  const client = createClient();
  await client.send(endpoint, request());
  await idle();
  end(sockets[0]!);
  const posted = client.send(endpoint, request({ method: 'POST', body: Readable.from(['once']) }));
  expect(await posted).toMatchObject({ status: 200 });
  expect(sockets).toHaveLength(2);
});
