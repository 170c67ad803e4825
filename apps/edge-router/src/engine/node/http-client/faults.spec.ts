import { systemClock } from '@gateway/clock';
import { eventually, type Fault, fakeClock, type FakeClock, startFaultyLink } from '@gateway/testing';
import { describe, expect, test } from '@jest/globals';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { HttpEndpoint } from '../../http-client';
import { atEnd, createClient, endpointAt, failsWith, listen, request, textOf } from './http-client.fixture';
import type { UndiciHttpClient } from './undici-http-client';

const answer: RequestListener = (_, writer) => writer.setHeader('content-length', 1_000).end('x'.repeat(1_000));

/** A link that has that fault, in front of a healthy server. */
async function faulty(fault: Fault, listener = answer) {
  const link = await startFaultyLink(await listen(createHttpServer(listener)));
  await link.set(fault);
  atEnd(() => link.close());
  return { link, endpoint: endpointAt(link.port) };
}

/** A server that sends these bytes for a request, and then closes the connection. */
async function saying(bytes: string): Promise<HttpEndpoint> {
  return endpointAt(await listen(createTcpServer((socket) => socket.once('data', () => socket.end(bytes, 'latin1')))));
}

/** Nothing is left of what failed: no call, no connection, no timer but the client's own. */
async function leavesNothing(client: UndiciHttpClient, clock: FakeClock): Promise<void> {
  await eventually(() =>
    client.stats().every(({ connections, running, queued }) => connections + running + queued === 0),
  );
  expect(client.usage()).toEqual([expect.objectContaining({ inFlight: 0, opening: 0, connections: 0 })]);
  expect(clock.pending).toBe(1);
}

describe('an instance that', () => {
  test.each<[string, Fault, string]>([
    ['refuses connections', { kind: 'refuse' }, 'GW_UPSTREAM_REFUSED'],
    ['resets before it answers', { kind: 'reset', afterBytes: 0 }, 'GW_UPSTREAM_REFUSED'],
    ['resets in the middle of the head', { kind: 'reset', afterBytes: 20 }, 'GW_UPSTREAM_PROTOCOL'],
    ['resets in the middle of the body', { kind: 'reset', afterBytes: 500 }, 'GW_UPSTREAM_PROTOCOL'],
    ['is something else', { kind: 'answer', bytes: '-ERR unknown command\r\n' }, 'GW_UPSTREAM_PROTOCOL'],
  ])('%s', async (_, fault, code) => {
    const clock = fakeClock();
    const client = createClient({}, clock);
    const { endpoint } = await faulty(fault);
    await expect(client.send(endpoint, request())).rejects.toEqual(failsWith(code));
    await leavesNothing(client, clock);
  });

  test.each<[string, Fault]>([
    ['accepts and never answers', { kind: 'blackhole' }],
    ['hangs with the request', { kind: 'hang' }],
    ['answers a byte per second', { kind: 'trickle', bytesPerSecond: 1 }],
  ])('%s is a timeout', async (_, fault) => {
    const clock = fakeClock();
    const client = createClient({}, clock);
    const { endpoint } = await faulty(fault);
    const call = client.send(endpoint, request({ timeoutMs: 15_000 }));
    await eventually(() => client.stats()[0]?.running === 1);
    clock.advance(15_000);
    await expect(call).rejects.toEqual(failsWith('GW_TIMEOUT'));
    await leavesNothing(client, clock);
  });

  test('resets in the middle of a streamed body breaks the stream', async () => {
    const clock = fakeClock();
    const client = createClient({}, clock);
    const { endpoint } = await faulty({ kind: 'reset', afterBytes: 100_000 }, (_, writer) =>
      writer.end('x'.repeat(1_000_000)),
    );
    const { status, body } = await client.send(endpoint, request());
    expect(status).toBe(200);
    await expect(textOf(body)).rejects.toEqual(failsWith('GW_UPSTREAM_PROTOCOL'));
    await leavesNothing(client, clock);
  });

  test('sends the head in time and its small body slowly has answered: the body is passed on as it comes', async () => {
    const clock = fakeClock();
    const client = createClient({}, clock);
    let finish = (): unknown => undefined;
    let half = false;
    const endpoint = endpointAt(
      await listen(
        createHttpServer((_, writer) => {
          writer.setHeader('content-length', 4).write('sl', () => (half = true));
          finish = () => writer.end('ow');
        }),
      ),
    );
    let answered = false;
    const call = client.send(endpoint, request({ timeoutMs: 1_000 })).then((response) => {
      answered = true;
      return response;
    });
    await eventually(() => half);
    // The timer is the client's: what has been sent has to arrive before it is turned.
    await systemClock.sleep(50);
    expect(answered).toBe(false);
    clock.advance(1_000);
    const { status, body } = await call;
    finish();
    expect(status).toBe(200);
    expect(await textOf(body)).toBe('slow');
  });

  test('promises more than it sends', async () => {
    const clock = fakeClock();
    const client = createClient({}, clock);
    const endpoint = await saying('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort');
    await expect(client.send(endpoint, request())).rejects.toEqual(failsWith('GW_UPSTREAM_PROTOCOL'));
    await leavesNothing(client, clock);
  });

  test('sends more than it promised loses the rest and the connection', async () => {
    const clock = fakeClock();
    const client = createClient({}, clock);
    let connections = 0;
    const server = createTcpServer((socket) => {
      connections++;
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok and more'));
    });
    const endpoint = endpointAt(await listen(server));
    for (let i = 1; i <= 3; i++) {
      expect(await client.send(endpoint, request())).toMatchObject({ status: 200, body: Buffer.from('ok') });
      await leavesNothing(client, clock);
      expect(connections).toBe(i);
    }
  });

  test('has a name that nobody knows', async () => {
    const clock = fakeClock();
    const client = createClient({}, clock);
    const endpoint: HttpEndpoint = { origin: 'http://no-such-service.invalid:80', protocol: 'http1' };
    await expect(client.send(endpoint, request())).rejects.toEqual(failsWith('GW_UPSTREAM_REFUSED'));
    await leavesNothing(client, clock);
  });
});

describe('a TLS handshake that', () => {
  const over = (port: number): HttpEndpoint => ({ origin: `https://127.0.0.1:${port}`, protocol: 'http1' });

  test('is never answered is refused after 5 s', async () => {
    const clock = fakeClock();
    const client = createClient({}, clock);
    let accepted = 0;
    let closed = 0;
    const server = createTcpServer((socket) => {
      accepted++;
      socket.on('close', () => closed++).resume();
    });
    const call = client.send(over(await listen(server)), request({ timeoutMs: 15_000 }));
    let failed = false;
    call.catch(() => (failed = true));
    await eventually(() => accepted === 1);
    clock.advance(4_999);
    await Promise.resolve();
    expect(failed).toBe(false);
    clock.advance(1);
    await expect(call).rejects.toEqual(failsWith('GW_UPSTREAM_REFUSED'));
    await eventually(() => closed === 1);
    await leavesNothing(client, clock);
  });

  test('is cut off', async () => {
    const clock = fakeClock();
    const client = createClient({}, clock);
    const port = await listen(createTcpServer((socket) => socket.once('data', () => socket.destroy())));
    await expect(client.send(over(port), request())).rejects.toEqual(failsWith('GW_UPSTREAM_REFUSED'));
    await leavesNothing(client, clock);
  });
});
