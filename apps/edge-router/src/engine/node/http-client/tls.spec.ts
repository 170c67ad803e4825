import { createAuthority, eventually } from '@gateway/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttp2Server, createSecureServer as createSecureHttp2Server } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HttpEndpoint } from '../../http-client';
import { createClient, endpointAt, failsWith, idle, listen, request, textOf } from './http-client.fixture';

let folder: string;
let pem: { ca: string; echo: [string, string]; other: [string, string] };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'http-client-'));
  const authority = await createAuthority(folder);
  const read = async (name: string): Promise<[string, string]> => {
    const dir = await authority.issue(name);
    return [readFileSync(join(dir, 'cert.pem'), 'utf8'), readFileSync(join(dir, 'key.pem'), 'utf8')];
  };
  pem = { ca: authority.ca, echo: await read('echo-service'), other: await read('other-service') };
});
afterAll(() => rm(folder, { recursive: true }));

describe('TLS', () => {
  const secure = async ([cert, key]: [string, string]): Promise<string> => {
    const options = { cert, key, ca: pem.ca, requestCert: true, rejectUnauthorized: true };
    const server = createHttpsServer(options, (_, writer) => writer.end('secure'));
    return `https://127.0.0.1:${await listen(server)}`;
  };
  const expecting = (spiffeId: string) => (endpoint: HttpEndpoint) => {
    expect(endpoint.expect).toBe(spiffeId);
    const [cert, key] = pem.other;
    const checkServerIdentity = (_host: string, { subjectaltname }: { subjectaltname?: string }): Error | undefined =>
      subjectaltname?.includes(`URI:${spiffeId}`) === true ? undefined : new Error('somebody else');
    return { ca: pem.ca, cert, key, checkServerIdentity };
  };

  test('both sides show who they are', async () => {
    const endpoint: HttpEndpoint = {
      origin: await secure(pem.echo),
      protocol: 'http1',
      expect: 'spiffe://gateway.local/echo-service',
    };
    const client = createClient({ tls: expecting(endpoint.expect!) });
    for (const host of ['a', 'b', 'c']) {
      await idle();
      expect(await client.send(endpoint, request({ headers: ['host', host] }))).toMatchObject({
        body: Buffer.from('secure'),
      });
    }
    expect(client.stats()[0]).toMatchObject({ connections: 1, expect: endpoint.expect });
  });

  test('somebody else is refused, and so is a server that we do not trust', async () => {
    const endpoint: HttpEndpoint = {
      origin: await secure(pem.other),
      protocol: 'http1',
      expect: 'spiffe://gateway.local/echo-service',
    };
    const strict = createClient({ tls: expecting(endpoint.expect!) });
    await expect(strict.send(endpoint, request())).rejects.toEqual(failsWith('GW_UPSTREAM_REFUSED'));
    await expect(createClient().send(endpoint, request())).rejects.toEqual(failsWith('GW_UPSTREAM_REFUSED'));
  });
});

test('a request takes the connection that is free first, not the one that is being opened', async () => {
  const [cert, key] = pem.echo;
  const held: (() => void)[] = [];
  const secure = createHttpsServer({ cert, key }, (_, writer) => held.push(() => writer.end('ok')));
  let accepted = 0;
  // The second connection's handshake never ends.
  const door = createTcpServer((socket) => (accepted++ === 0 ? secure.emit('connection', socket) : socket.resume()));
  const endpoint: HttpEndpoint = { origin: `https://127.0.0.1:${await listen(door)}`, protocol: 'http1' };
  const client = createClient({ tls: () => ({ ca: pem.ca }) });
  const first = client.send(endpoint, request());
  await eventually(() => held.length === 1);
  const second = client.send(endpoint, request());
  await eventually(() => accepted === 2);
  held[0]!();
  await first;
  await eventually(() => held.length === 2);
  held[1]!();
  expect(await second).toMatchObject({ status: 200 });
  expect(client.usage()).toEqual([expect.objectContaining({ arrivals: 2, handshakesInPath: 1, opening: 1 })]);
});

describe('HTTP/2 upstreams', () => {
  const onStream = (stream: import('node:http2').ServerHttp2Stream, headers: Record<string, unknown>): void => {
    const answer = `${headers[':method']} ${headers[':path']} ${headers[':authority']} `;
    stream.respond({ ':status': 200, 'x-a': ['1', '2'] });
    stream.write(answer);
    stream.pipe(stream);
  };

  test.each(['h2', 'h2c'] as const)('%s', async (protocol) => {
    const [cert, key] = pem.echo;
    const server = protocol === 'h2' ? createSecureHttp2Server({ cert, key }) : createHttp2Server();
    server.on('stream', onStream);
    server.on('sessionError', () => undefined);
    const scheme = protocol === 'h2' ? 'https' : 'http';
    const endpoint: HttpEndpoint = { origin: `${scheme}://127.0.0.1:${await listen(server)}`, protocol };
    const client = createClient({ tls: () => ({ ca: pem.ca }) });
    const response = await client.send(endpoint, request({ method: 'POST', target: '/x', body: Buffer.from('hello') }));
    expect(response).toMatchObject({ status: 200, headers: expect.arrayContaining(['x-a']) });
    expect(await textOf(response.body)).toBe('POST /x api.example hello');
  });

  test('a server that does not know of it is no HTTP/2 server', async () => {
    const [cert, key] = pem.echo;
    const port = await listen(createTlsServer({ cert, key }, (socket) => socket.on('error', () => undefined)));
    const call = createClient({ tls: () => ({ ca: pem.ca }) }).send(endpointAt(port, 'h2'), request());
    await expect(call).rejects.toEqual(failsWith('GW_UPSTREAM_PROTOCOL'));
  });
});
