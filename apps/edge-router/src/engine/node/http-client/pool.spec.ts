import { eventually, fakeClock } from '@gateway/testing';
import { describe, expect, test } from '@jest/globals';
import { createClient, failsWith, idle, OK, rawUpstream, request, upstream } from './http-client.fixture';

describe('connections', () => {
  test('connections are used again', async () => {
    const endpoint = await rawUpstream('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    const client = createClient();
    for (let i = 0; i < 3; i++) {
      await client.send(endpoint, request());
      await idle();
    }
    expect(endpoint.connections).toEqual([3]);
    expect(client.stats()).toEqual([
      expect.objectContaining({ origin: endpoint.origin, connections: 1, running: 0, queued: 0 }),
    ]);
  });

  test('connections and queue are bounded', async () => {
    const held: (() => void)[] = [];
    const endpoint = await upstream((_, writer) => held.push(() => writer.end('ok')));
    const client = createClient({ connections: 2, queue: 1 });
    const running = [1, 2, 3].map(() => client.send(endpoint, request()));
    await eventually(() => held.length === 2);
    expect(client.stats()[0]).toMatchObject({ connections: 2, running: 2, queued: 1 });
    await expect(client.send(endpoint, request())).rejects.toEqual(failsWith('GW_OVERLOADED'));
    held[0]!();
    await eventually(() => held.length === 3);
    for (const end of held) end();
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test('one that is released opens again when it is used', async () => {
    const endpoint = await rawUpstream(OK);
    const client = createClient();
    await client.send(endpoint, request());
    client.release(endpoint);
    client.release(endpoint);
    expect(client.stats()).toEqual([]);
    await client.send(endpoint, request());
    expect(endpoint.connections).toHaveLength(2);
  });

  test('one that has not been used for a while is closed', async () => {
    const clock = fakeClock();
    const endpoint = await rawUpstream(OK);
    const client = createClient({ poolIdleMs: 1_000 }, clock);
    await client.send(endpoint, request());
    clock.advance(999);
    expect(client.stats()).toHaveLength(1);
    await eventually(() => {
      clock.advance(500);
      return client.stats().length === 0;
    });
    expect(clock.pending).toBe(1);
  });
});
