import { GrpcStatus } from '@gateway/errors';
import { fakeClock } from '@gateway/testing';
import { expect, test } from '@jest/globals';
import { type MockScript, MockStream, type MockStreamOptions } from './mock-stream';

const bytes = (value: number): Uint8Array => Uint8Array.of(value);

function streamOf(script: MockScript, options: Partial<MockStreamOptions> = {}) {
  const clock = fakeClock();
  const stream = new MockStream(script, { clock, headAtOnce: false, ...options });
  return { clock, stream, messages: stream.messages[Symbol.asyncIterator]() };
}

/** Says again what it hears. */
const echo: MockScript = async function* (call) {
  for (let said = await call.hear(); said !== null; said = await call.hear()) yield said;
};

const later = () => new Promise((resolve) => setImmediate(resolve));

test('makes one message ahead, and the next ones as they are taken', async () => {
  let made = 0;
  const { stream, messages } = streamOf(async function* () {
    for (;;) yield bytes(++made);
  });
  expect(await stream.headers).toEqual([]);
  await later();
  expect(made).toBe(1);
  expect([await messages.next(), await messages.next()].map(({ value }) => [...(value as Buffer)])).toEqual([[1], [2]]);
  await later();
  expect(made).toBe(2);
  expect(stream.trailers()).toEqual([]);
});

test('has the client wait that says more than is heard', async () => {
  const { stream, messages } = streamOf(echo);
  let room = 0;
  stream.onDrain(() => room++);
  expect(room).toBe(1);
  const sent = Array.from({ length: 16 }, (_, nth) => stream.send(bytes(nth)));
  expect(sent.indexOf(false)).toBe(15);
  stream.onDrain(() => room++);
  for (let nth = 0; nth < 15; nth++) await messages.next();
  expect(room).toBe(1);
  await messages.next();
  expect(room).toBe(2);
  stream.end();
  // After the end it does nothing.
  expect(stream.send(bytes(99))).toBe(true);
  expect((await messages.next()).done).toBe(true);
});

test('fails at its deadline, whether it listens or takes its time', async () => {
  const late = { status: GrpcStatus.DEADLINE_EXCEEDED };
  const slow: MockScript = async function* (call) {
    await call.wait(100);
    yield bytes(1);
  };
  for (const script of [echo, slow]) {
    const clock = fakeClock();
    const { stream, messages } = streamOf(script, { clock, deadlineMs: 50 });
    const [next, headers] = [messages.next(), stream.headers];
    const failed = [expect(next).rejects.toMatchObject(late), expect(headers).rejects.toMatchObject(late)];
    await later();
    clock.advance(50);
    await Promise.all(failed);
  }
});

test('takes its time, and no more', async () => {
  const { clock, stream, messages } = streamOf(async function* (call) {
    await call.wait(0);
    await call.wait(100);
    yield bytes(1);
  });
  const next = messages.next();
  // What the client says meanwhile doesn't make it quicker.
  stream.send(bytes(9));
  await later();
  clock.advance(100);
  expect([...((await next).value as Buffer)]).toEqual([1]);
});

test('ends when it is cancelled, for whoever waits for it', async () => {
  const { stream, messages } = streamOf(echo, { headAtOnce: true });
  expect(await stream.headers).toEqual([]);
  const next = expect(messages.next()).rejects.toMatchObject({ status: GrpcStatus.CANCELLED });
  await later();
  stream.cancel();
  stream.cancel();
  await next;
  let room = 0;
  stream.onDrain(() => room++);
  expect([room, stream.send(bytes(1))]).toEqual([1, true]);
});

test('ends behind a message that was taken when it is cancelled', async () => {
  const { stream, messages } = streamOf(async function* () {
    for (;;) yield bytes(1);
  });
  await messages.next();
  stream.cancel();
  await expect(messages.next()).rejects.toMatchObject({ status: GrpcStatus.CANCELLED });
});

test('fails with what its script throws', async () => {
  const { stream, messages } = streamOf(async function* (call) {
    await call.wait(0);
    yield* echo(call);
    throw new Error('never made');
  });
  stream.end();
  await expect(messages.next()).rejects.toThrow('never made');
  await expect(stream.headers).rejects.toThrow('never made');
});
