import { systemClock } from '@gateway/clock';
import { eventually } from '@gateway/testing';
import { afterEach, expect, test } from '@jest/globals';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Edge } from '../edge';
import type { Endpoint, EndpointProtocol } from '../upstreams/endpoint';
import { openClients } from './clients';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** The clients of an edge without an identity. */
function clientsOf() {
  const config = { poolMin: 0, poolMax: 3, poolMaxMultiplexed: 2, poolStreams: 100 };
  const lifecycle = { onStop: (end: () => unknown) => ends.push(end) };
  return openClients({ clock: systemClock, identity: null, config, lifecycle } as unknown as Edge);
}

/** A server that counts its connections. */
async function listen() {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, sockets };
}

const endpointAt = (address: string, protocol: EndpointProtocol, expected = ''): Endpoint => ({
  ...({ id: address, address, protocol, secure: expected !== '', expect: expected } as Endpoint),
});

test.each<[EndpointProtocol, number]>([
  ['http1', 3],
  ['h2c', 2],
  ['grpc', 2],
])('connections to a %s endpoint are sized within their own bound, and found by its key', async (protocol, max) => {
  const { address, sockets } = await listen();
  const { connections, holder } = clientsOf();
  const endpoint = endpointAt(address, protocol);
  connections.setTarget(endpoint, 10);
  await eventually(() => sockets.length === max);
  expect(connections.usage()).toEqual([expect.objectContaining({ key: connections.keyOf(endpoint), max })]);
  holder.release(endpoint);
  expect(connections.usage()).toEqual([]);
});

test('nothing is opened to an endpoint that needs an identity when there is none', async () => {
  const { address, sockets } = await listen();
  const { connections } = clientsOf();
  connections.setTarget(endpointAt(address, 'grpc', 'spiffe://gateway.local/echo-service'), 2);
  expect(connections.usage()).toEqual([]);
  expect(sockets).toEqual([]);
});
