import { eventually } from '@gateway/testing';
import { expect, test } from '@jest/globals';
import { Readable } from 'node:stream';
import { createClient, failsWith, MIB, request, textOf, upstream } from './http-client.fixture';

test('a request body is sent as it is read, and no faster than it is taken', async () => {
  let taken = 0;
  let message: Readable | null = null;
  const endpoint = await upstream((incoming, writer) => {
    message = incoming;
    incoming.on('data', (chunk: Buffer) => (taken += chunk.length)).on('end', () => writer.end('done'));
    incoming.pause();
  });
  const source = { given: 0 };
  const body = new Readable({
    read() {
      source.given += 64 * 1_024;
      this.push(source.given > 64 * MIB ? null : Buffer.alloc(64 * 1_024));
    },
  });
  const response = createClient().send(endpoint, request({ method: 'POST', body }));
  let last = -1;
  await eventually(() => (message !== null && source.given === last) || ((last = source.given), false), {
    every: 100,
  });
  expect(source.given).toBeLessThan(16 * MIB);
  message!.resume();
  expect((await response).body).toEqual(Buffer.from('done'));
  expect(taken).toBe(64 * MIB);
}, 20_000);

test('a response body is taken no faster than it is read', async () => {
  let given = 0;
  const endpoint = await upstream((_, writer) => {
    const source = new Readable({
      read() {
        given += 64 * 1_024;
        this.push(given > 64 * MIB ? null : Buffer.alloc(64 * 1_024));
      },
    });
    source.pipe(writer);
  });
  const { body } = await createClient().send(endpoint, request());
  let last = -1;
  await eventually(() => (given > 0 && given === last) || ((last = given), false), { every: 100 });
  expect(given).toBeLessThan(16 * MIB);
  let read = 0;
  for await (const chunk of body as Readable) read += (chunk as Buffer).length;
  expect(read).toBe(64 * MIB);
}, 20_000);

test('a response that nobody wants is not read to its end', async () => {
  let closed = false;
  const endpoint = await upstream((_, writer) => {
    writer.write('some');
    writer.on('close', () => (closed = true));
  });
  const { body } = await createClient().send(endpoint, request());
  (body as Readable).destroy();
  await eventually(() => closed);
});

test('a client that leaves while it uploads ends the call', async () => {
  let aborted = false;
  const endpoint = await upstream((message) => message.on('error', () => (aborted = true)).resume());
  const body = new Readable({ read: () => undefined });
  body.push('half');
  const call = createClient().send(endpoint, request({ method: 'POST', body }));
  setImmediate(() => setImmediate(() => body.destroy(new Error('gone'))));
  await expect(call).rejects.toEqual(failsWith('GW_CLIENT_CLOSED'));
  await eventually(() => aborted);
});

test('a broken response breaks the stream', async () => {
  const endpoint = await upstream((_, writer) => {
    writer.write('some');
    setImmediate(() => writer.destroy());
  });
  const { body } = await createClient().send(endpoint, request());
  await expect(textOf(body)).rejects.toEqual(failsWith('GW_UPSTREAM_PROTOCOL'));
});
