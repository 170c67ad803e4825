import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { fakeClock, freePort } from '@gateway/testing';
import { dial } from './dial';

test('somebody who takes connections is reached', async () => {
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await dial(`127.0.0.1:${port}`, 1000, systemClock)).toEqual({ kind: 'reached' });
  await new Promise((resolve) => server.close(resolve));
  expect(await dial(`127.0.0.1:${port}`, 1000, systemClock)).toEqual({ kind: 'unreachable', why: 'ECONNREFUSED' });
});

test('what is no address is unreachable', async () => {
  expect(await dial('nowhere', 1000, systemClock)).toEqual({
    kind: 'unreachable',
    why: 'nowhere is not an address',
  });
});

test('who neither takes nor refuses is silent', async () => {
  // Time that doesn't wait for the network: the end comes before any answer.
  const clock = fakeClock();
  const answer = dial(`127.0.0.1:${await freePort()}`, 1000, clock);
  clock.advance(1000);
  expect(await answer).toEqual({ kind: 'silent', ms: 1000 });
});
