import { GrpcStatus } from '@gateway/errors';
import { GrpcCallError } from '@gateway/grpc-pool';
import { fakeClock } from '@gateway/testing';
import { expect, test } from '@jest/globals';
import { type LocalScript, LocalStream, type LocalStreamOptions } from './local-stream';

const bytes = (value: number): Uint8Array => Uint8Array.of(value);

function streamOf(script: LocalScript, options: Partial<LocalStreamOptions> = {}) {
  const clock = fakeClock();
  const stream = new LocalStream(script, { clock, headAtOnce: false, ...options });
  return { clock, stream, messages: stream.messages[Symbol.asyncIterator]() };
}

/** Says again what it hears. */
const echo: LocalScript = async function* (call) {
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
  const slow: LocalScript = async function* (call) {
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

test('waits until something is so, and looks again when it is nudged', async () => {
  let holds = false;
  let looks = 0;
  let nudge = (): void => undefined;
  const { messages } = streamOf(async function* (call) {
    nudge = () => call.nudge();
    await call.until(() => {
      looks++;
      return holds;
    });
    yield bytes(1);
  });
  const next = messages.next();
  await later();
  nudge();
  await later();
  expect(looks).toBe(2);
  holds = true;
  nudge();
  expect([...((await next).value as Buffer)]).toEqual([1]);
});

test('ends its script however it ends, once, also one that waits to be heard', async () => {
  const speaking: LocalScript = async function* () {
    for (;;) yield bytes(1);
  };
  const silent: LocalScript = async function* (call) {
    await call.until(() => false);
  };
  const brief: LocalScript = async function* () {
    yield bytes(1);
  };
  for (const script of [speaking, silent, brief]) {
    let [scripts, streams] = [0, 0];
    const held: LocalScript = async function* (call) {
      try {
        yield* script(call);
      } finally {
        scripts++;
      }
    };
    const { stream, messages } = streamOf(held, { onEnd: () => streams++ });
    if (script === brief) for await (const message of stream.messages) expect([...message]).toEqual([1]);
    else if (script === speaking) await messages.next();
    await later();
    stream.cancel();
    stream.cancel();
    await later();
    expect([scripts, streams]).toEqual([1, 1]);
  }
});

test('is ended from this side, after a last word', async () => {
  const { stream, messages } = streamOf(async function* (call) {
    try {
      await call.hear();
    } catch (why) {
      yield bytes(9);
      throw why;
    }
  });
  const next = messages.next();
  await later();
  stream.abort(new GrpcCallError(GrpcStatus.UNAVAILABLE, 'going', false, []));
  expect([...((await next).value as Buffer)]).toEqual([9]);
  await expect(messages.next()).rejects.toMatchObject({ status: GrpcStatus.UNAVAILABLE, details: 'going' });
});
