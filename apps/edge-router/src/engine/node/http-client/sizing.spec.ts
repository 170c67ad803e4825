import { eventually, fakeClock } from '@gateway/testing';
import { describe, expect, test } from '@jest/globals';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { createServer as createTcpServer, type Socket } from 'node:net';
import type { EndpointUsage } from '@gateway/grpc-pool';
import { createClient, endpointAt, failsWith, idle, listen, OK, rawUpstream, request } from './http-client.fixture';
import type { UndiciHttpClient } from './undici-http-client';

const usageOf = (client: UndiciHttpClient): EndpointUsage => client.usage()[0]!;
const connectionsOf = (client: UndiciHttpClient): number => client.usage()[0]?.connections ?? 0;

/** A server that holds its answers until they are asked for. */
async function holding() {
  const held: (() => void)[] = [];
  const server = createHttpServer((_, writer) => held.push(() => writer.end('ok')));
  const endpoint = endpointAt(await listen(server));
  return { endpoint, held };
}

describe('a target', () => {
  test('has connections opened before a request needs them', async () => {
    const endpoint = await rawUpstream(OK);
    const client = createClient();
    client.setTarget(endpoint, 3);
    await eventually(() => connectionsOf(client) === 3);
    await Promise.all([1, 2, 3].map(() => client.send(endpoint, request())));
    expect(endpoint.connections).toEqual([1, 1, 1]);
    expect(usageOf(client)).toMatchObject({
      arrivals: 3,
      handshakesInPath: 0,
      streamsPerConnection: 1,
      min: 0,
      max: 256,
    });
  });

  test('is kept within the bounds, and its surplus is closed after ten idle seconds', async () => {
    const clock = fakeClock();
    const endpoint = await rawUpstream(OK);
    const client = createClient({ min: 1, connections: 4 }, clock);
    client.setTarget(endpoint, 50);
    await eventually(() => connectionsOf(client) === 4);
    client.setTarget(endpoint, 0);
    clock.advance(9_000);
    expect(connectionsOf(client)).toBe(4);
    clock.advance(1_000);
    expect(connectionsOf(client)).toBe(1);
    expect(client.stats()).toHaveLength(1);
  });

  test('is met again when the server closes what idles', async () => {
    const clock = fakeClock();
    const sockets: Socket[] = [];
    const endpoint = endpointAt(await listen(createTcpServer((socket) => sockets.push(socket))));
    const client = createClient({}, clock);
    client.setTarget(endpoint, 2);
    await eventually(() => sockets.length === 2 && connectionsOf(client) === 2);
    sockets[0]!.end();
    await eventually(() => connectionsOf(client) === 1);
    clock.advance(1_000);
    await eventually(() => connectionsOf(client) === 2);
    expect(sockets).toHaveLength(3);
  });

  test('renews a connection that nobody used before the server loses patience', async () => {
    const clock = fakeClock();
    const endpoint = await rawUpstream(OK);
    const client = createClient({}, clock);
    client.setTarget(endpoint, 1);
    await eventually(() => connectionsOf(client) === 1);
    clock.advance(29_000);
    expect(connectionsOf(client)).toBe(1);
    clock.advance(1_000);
    await eventually(() => endpoint.connections.length === 2 && connectionsOf(client) === 1);
  });

  test('that cannot be met is tried again ever less often', async () => {
    const clock = fakeClock();
    let attempts = 0;
    const options = {
      tls: () => {
        attempts++;
        throw new Error('no identity yet');
      },
    };
    const client = createClient(options, clock);
    const endpoint = { origin: 'https://127.0.0.1:1', protocol: 'http1' } as const;
    client.setTarget(endpoint, 1);
    for (let second = 0; second < 60; second++) {
      await idle();
      clock.advance(1_000);
    }
    expect(attempts).toBeGreaterThan(3);
    expect(attempts).toBeLessThan(8);
    await expect(client.send(endpoint, request())).rejects.toEqual(failsWith('GW_UPSTREAM_REFUSED'));
  });

  test('is forgotten with the endpoint', async () => {
    const endpoint = await rawUpstream(OK);
    const client = createClient();
    client.setTarget(endpoint, 2);
    await eventually(() => connectionsOf(client) === 2);
    client.release(endpoint);
    expect(client.usage()).toEqual([]);
    await client.send(endpoint, request());
    expect(usageOf(client)).toMatchObject({ arrivals: 1, connections: 1 });
  });
});

describe('usage', () => {
  test('sums what calls took, and counts those that waited for a connection', async () => {
    const clock = fakeClock();
    const { endpoint, held } = await holding();
    const client = createClient({}, clock);
    const first = client.send(endpoint, request());
    await eventually(() => held.length === 1);
    clock.advance(300);
    const second = client.send(endpoint, request());
    await eventually(() => held.length === 2);
    clock.advance(100);
    expect(usageOf(client)).toMatchObject({ arrivals: 2, inFlight: 2, busyMs: 500, handshakesInPath: 2 });
    for (const answer of held) answer();
    await Promise.all([first, second]);
    await eventually(() => usageOf(client).inFlight === 0);
    clock.advance(100);
    expect(usageOf(client)).toMatchObject({
      busyMs: 500,
      address: endpoint.origin.slice('http://'.length),
      expect: '',
    });
    await client.send(endpoint, request({ onCancel: (cancel) => cancel() })).catch(() => undefined);
    expect(usageOf(client)).toMatchObject({ arrivals: 3, inFlight: 0, busyMs: 500 });
  });
});

describe('a connection that is old', () => {
  test('is replaced: the new one is there before it closes', async () => {
    const clock = fakeClock();
    const endpoint = await rawUpstream(OK);
    const client = createClient({ maxAgeMs: 10_000, random: () => 0.5 }, clock);
    client.setTarget(endpoint, 1);
    await client.send(endpoint, request());
    clock.advance(9_000);
    expect(usageOf(client)).toMatchObject({ connections: 1, opening: 0 });
    clock.advance(1_000);
    expect(usageOf(client)).toMatchObject({ connections: 1, opening: 1 });
    await eventually(() => connectionsOf(client) === 2);
    clock.advance(1_000);
    expect(usageOf(client)).toMatchObject({ connections: 1, opening: 0 });
    await client.send(endpoint, request());
    expect(endpoint.connections).toEqual([1, 1]);
  });

  test('finishes what it carries', async () => {
    const clock = fakeClock();
    const { endpoint, held } = await holding();
    const client = createClient({ maxAgeMs: 10_000, random: () => 0.5 }, clock);
    const call = client.send(endpoint, request({ timeoutMs: 0 }));
    await eventually(() => held.length === 1);
    clock.advance(10_000);
    await eventually(() => connectionsOf(client) === 2);
    clock.advance(1_000);
    expect(connectionsOf(client)).toBe(1);
    held[0]!();
    expect(await call).toMatchObject({ status: 200 });
  });
});

describe('HTTP/2 connections', () => {
  /** A server whose streams wait, with its sessions at hand. */
  async function multiplexed() {
    const sessions: ServerHttp2Session[] = [];
    const streams: ServerHttp2Stream[] = [];
    const server = createHttp2Server();
    server.on('session', (session) => void sessions.push(session.on('error', () => undefined)));
    server.on('stream', (stream) => void streams.push(stream.on('error', () => undefined)));
    const endpoint = endpointAt(await listen(server), 'h2c');
    const answer = (stream: ServerHttp2Stream): void => {
      stream.respond({ ':status': 200, 'content-length': 2 });
      stream.end('ok');
    };
    return { endpoint, sessions, streams, answer };
  }
  const at = { headers: ['host', 'a'] };

  test('carry many requests each; one more is opened before they are full, up to the bound', async () => {
    const { endpoint, sessions, streams, answer } = await multiplexed();
    const client = createClient({ streams: 5, h2Connections: 2, queue: 2 });
    const calls = [1, 2, 3, 4].map(() => client.send(endpoint, request(at)));
    await eventually(() => streams.length === 4);
    expect(sessions).toHaveLength(1);
    calls.push(client.send(endpoint, request(at)));
    await eventually(() => connectionsOf(client) === 2 && streams.length === 5);
    for (let i = 0; i < 7; i++) calls.push(client.send(endpoint, request(at)));
    await eventually(() => streams.length === 10);
    expect(sessions).toHaveLength(2);
    expect(client.stats()[0]).toMatchObject({ connections: 2, running: 10, queued: 2 });
    await expect(client.send(endpoint, request(at))).rejects.toEqual(failsWith('GW_OVERLOADED'));
    for (const stream of streams.splice(0)) answer(stream);
    await eventually(() => streams.length === 2);
    for (const stream of streams) answer(stream);
    expect((await Promise.all(calls)).every(({ status }) => status === 200)).toBe(true);
  });

  test('GOAWAY: what the server works on is answered, later requests go over another connection', async () => {
    const { endpoint, sessions, streams, answer } = await multiplexed();
    const client = createClient();
    const first = client.send(endpoint, request(at));
    await eventually(() => streams.length === 1);
    sessions[0]!.goaway(0, streams[0]!.id);
    await eventually(() => connectionsOf(client) === 0);
    const second = client.send(endpoint, request(at));
    await eventually(() => streams.length === 2);
    for (const stream of streams) answer(stream);
    expect((await Promise.all([first, second])).map(({ status }) => status)).toEqual([200, 200]);
    expect(sessions).toHaveLength(2);
  });

  test('GOAWAY with a lower last stream: what the server gave back is sent again, whatever its method', async () => {
    const { endpoint, sessions, streams, answer } = await multiplexed();
    const client = createClient();
    const first = client.send(endpoint, request(at));
    const second = client.send(endpoint, request({ ...at, method: 'POST', body: Buffer.from('once') }));
    await eventually(() => streams.length === 2);
    sessions[0]!.goaway(0, streams[0]!.id);
    await eventually(() => streams.length === 3);
    answer(streams[2]!);
    expect(await second).toMatchObject({ status: 200 });
    answer(streams[0]!);
    expect(await first).toMatchObject({ status: 200 });
    expect(sessions).toHaveLength(2);
  });
});

test('the end of the client ends everything: what runs, what waits, what was released, what is being opened', async () => {
  const clock = fakeClock();
  const { endpoint, held } = await holding();
  const released = await holding();
  const client = createClient({ connections: 1 }, clock);
  const calls = [client.send(endpoint, request()), client.send(released.endpoint, request())];
  await eventually(() => held.length === 1 && released.held.length === 1);
  calls.push(client.send(endpoint, request()));
  client.release(released.endpoint);
  client.setTarget(await rawUpstream(OK), 2);
  const results = Promise.allSettled(calls);
  await client.close();
  for (const result of await results) expect(result).toMatchObject({ reason: failsWith('GW_UPSTREAM_REFUSED') });
  expect(clock.pending).toBe(0);
});

test('a released endpoint serves those that wait for it first', async () => {
  const { endpoint, held } = await holding();
  const client = createClient({ connections: 1 });
  const calls = [client.send(endpoint, request()), client.send(endpoint, request())];
  await eventually(() => held.length === 1);
  client.release(endpoint);
  held[0]!();
  await eventually(() => held.length === 2);
  held[1]!();
  expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200]);
});
