import { eventually } from '@gateway/testing';
import { describe, expect, test } from '@jest/globals';
import type { EdgeResponse, ResponseEnd } from '@gateway/pipeline';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { RawClient, recorder, start, text, type Running, type Subject } from './harness.conformance';

const UPGRADE =
  'GET /socket HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: WebSocket\r\nsec-websocket-key: k\r\n\r\n';

/** A TCP server that stands for the other end of tunnels. */
async function peer() {
  const sockets: Socket[] = [];
  const received: string[] = [];
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    const at = sockets.push(socket) - 1;
    received.push('');
    socket.on('data', (chunk) => (received[at] += chunk.toString('latin1')));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const dial = (): Promise<Socket> =>
    new Promise((resolve) => {
      const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
      socket.once('connect', () => resolve(socket));
    });
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { sockets, received, dial, close };
}

/** What an engine does with requests to switch protocols. */
export function tunnelConformance(subject: Subject): void {
  describe('a tunnel', () => {
    async function open(secure = false) {
      const other = await peer();
      const ends: ResponseEnd[] = [];
      const { handler, requests } = recorder(async (): Promise<EdgeResponse> => {
        const tunnel = await other.dial();
        return {
          status: 101,
          headers: ['sec-websocket-accept', 'v'],
          body: null,
          tunnel,
          onEnd: (end) => ends.push(end),
        };
      });
      const running: Running = await start(subject, handler);
      const client = secure
        ? await RawClient.connectTls(running.httpsPort, 'http/1.1')
        : await RawClient.connect(running.httpPort);
      return { ...running, other, ends, requests, client };
    }

    test.each([false, true])('joins both sides after 101 (TLS: %s)', async (secure) => {
      const { client, other, requests, listener } = await open(secure);
      const { status, headers } = await client.send(UPGRADE).response();
      expect(status).toBe(101);
      expect(headers).toMatchObject({ connection: 'upgrade', upgrade: 'WebSocket', 'sec-websocket-accept': 'v' });
      expect(requests[0]).toMatchObject({ upgrade: 'websocket', target: '/socket', body: null });
      client.send('ping');
      await eventually(() => other.received[0] === 'ping');
      other.sockets[0]!.write('pong');
      await eventually(() => client.received === 'pong');
      expect(listener.stats()).toMatchObject({ tunnels: 1, requests: 0 });
      other.close();
    });

    test('what the client sent too early is not lost', async () => {
      const { client, other } = await open();
      await client.send(`${UPGRADE}early`).response();
      await eventually(() => other.received[0] === 'early');
      other.close();
    });

    test('the client leaving ends the other side, and is told', async () => {
      const { client, other, ends, listener } = await open();
      await client.send(UPGRADE).response();
      client.socket.destroy();
      await eventually(() => other.sockets[0]!.readableEnded || other.sockets[0]!.destroyed);
      other.close();
      await eventually(() => ends.length === 1);
      expect(listener.stats()).toMatchObject({ tunnels: 0, connections: 0 });
    });

    test('the last words of the other side arrive', async () => {
      const { client, other, ends } = await open();
      await client.send(UPGRADE).response();
      other.sockets[0]!.end('x'.repeat(100_000));
      await eventually(() => client.received.length === 100_000 && client.ended);
      client.socket.end();
      await eventually(() => ends.length === 1);
      expect(ends[0]!.bytes).toBeGreaterThanOrEqual(100_000);
      other.close();
    });

    test('can be refused like any request', async () => {
      const ends: ResponseEnd[] = [];
      const { handler } = recorder(() => text('who are you', { status: 401, onEnd: (end) => ends.push(end) }));
      const { httpPort, listener } = await start(subject, handler);
      const client = await RawClient.connect(httpPort);
      const response = await client.send(UPGRADE).response();
      expect(response).toMatchObject({ status: 401, body: 'who are you', headers: { connection: 'close' } });
      await client.untilClosed();
      expect(ends).toEqual([{ bytes: 11, complete: true }]);
      expect(listener.stats()).toMatchObject({ requests: 0, tunnels: 0 });
    });

    test('a client that leaves before the answer cancels it, and the tunnel is closed', async () => {
      const other = await peer();
      let cancelled = 0;
      let answer = (_: EdgeResponse): void => undefined;
      const { handler, requests } = recorder((request) => {
        request.onCancel(() => cancelled++);
        return new Promise((resolve) => (answer = resolve));
      });
      const { httpPort } = await start(subject, handler);
      const client = await RawClient.connect(httpPort);
      client.send(UPGRADE);
      await eventually(() => requests.length === 1);
      client.socket.resetAndDestroy();
      await eventually(() => cancelled === 1);
      const tunnel = await other.dial();
      answer({ status: 101, headers: [], body: null, tunnel });
      await eventually(() => tunnel.destroyed);
      other.close();
    });

    test.each([
      ['a malformed one is refused', UPGRADE.replace('host: a\r\n', ''), 400],
      ['h2c is ignored', UPGRADE.replace('WebSocket', 'h2c'), 200],
      ['POST is no upgrade', UPGRADE.replace('GET', 'POST'), 200],
      ['neither is GET with a body', UPGRADE.replace('\r\n\r\n', '\r\ncontent-length: 2\r\n\r\nxx'), 200],
    ])('%s', async (_, request, status) => {
      const { handler, requests } = recorder();
      const { httpPort } = await start(subject, handler);
      const client = await RawClient.connect(httpPort);
      expect((await client.send(request).response()).status).toBe(status);
      for (const { upgrade } of requests) expect(upgrade).toBe('');
    });
  });
}
