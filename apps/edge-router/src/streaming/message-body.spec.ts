import { create, type Message } from '@bufbuild/protobuf';
import { GatewayError, toProblem } from '@gateway/errors';
import { fakeClock } from '@gateway/testing';
import { describe, expect, test } from '@jest/globals';
import { METHOD } from '../pipeline.fixture';
import { MessageBody } from './message-body';
import { eventStream, jsonLines, rawContent } from './stream-format';
import { within } from './within';

const message = create(METHOD.output, { allowed: true });
const write = (): Buffer => Buffer.from('{}');

/** A call whose messages the test lets go. */
function source() {
  const asked: { resolve(message: Message | null): void; reject(error: unknown): void }[] = [];
  const seen = { cancelled: 0 };
  return {
    ...{ asked, seen },
    next: () => new Promise<Message | null>((resolve, reject) => asked.push({ resolve, reject })),
    cancel: () => void seen.cancelled++,
  };
}

function bodyOf(from: ReturnType<typeof source>, format = jsonLines(write), first: Message | null = message) {
  const clock = fakeClock();
  const body = new MessageBody({
    ...{ first, source: from, format, clock, counted: 0 },
    problemOf: (failure) => toProblem(failure),
  });
  const texts: string[] = [];
  body.on('error', () => undefined);
  return { body, clock, texts, read: () => void body.on('data', (chunk: Buffer) => texts.push(chunk.toString())) };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the body of a stream', () => {
  test('writes each message when it comes, and ends with the call', async () => {
    const from = source();
    const { body, texts, read } = bodyOf(from);
    read();
    await turn();
    expect(texts).toEqual(['{}\n']);
    from.asked[0]!.resolve(message);
    await turn();
    expect(texts).toHaveLength(2);
    from.asked[1]!.resolve(null);
    await turn();
    expect(body.readableEnded).toBe(true);
    expect(body.failure).toBeNull();
  });

  test('asks for nothing while nobody reads', async () => {
    const from = source();
    const long = jsonLines(() => Buffer.alloc(100_000));
    const { body } = bodyOf(from, long);
    await turn();
    expect(from.asked).toHaveLength(0);
    body.read();
    await turn();
    expect(from.asked).toHaveLength(1);
    from.asked[0]!.resolve(message);
    await turn();
    expect(from.asked).toHaveLength(1);
    body.destroy();
    await turn();
    expect(from.seen.cancelled).toBe(1);
  });

  test('of an empty stream is empty', async () => {
    const from = source();
    const { body, texts, read } = bodyOf(from, jsonLines(write), null);
    read();
    await turn();
    expect(texts).toEqual([]);
    expect(body.readableEnded).toBe(true);
    expect(from.asked).toHaveLength(0);
  });

  test('ends with what the call failed with', async () => {
    const from = source();
    const { body, texts, read } = bodyOf(from);
    read();
    await turn();
    from.asked[0]!.reject(new GatewayError('GW_UNAVAILABLE'));
    await turn();
    expect(JSON.parse(texts[1]!)).toMatchObject({ error: { code: 'GW_UNAVAILABLE' } });
    expect(body.readableEnded).toBe(true);
    expect(body.failure).toMatchObject({ code: 'GW_UNAVAILABLE' });
    expect(from.seen.cancelled).toBeGreaterThan(0);
  });

  test('breaks off where there is no room for a failure', async () => {
    const from = source();
    const format = rawContent(
      () => Buffer.from('x'),
      () => 'text/csv',
    );
    const { body, texts, read } = bodyOf(from, format);
    read();
    await turn();
    from.asked[0]!.reject(new GatewayError('GW_UNAVAILABLE'));
    await turn();
    expect(texts).toEqual(['x']);
    expect(body.errored).toMatchObject({ code: 'GW_UNAVAILABLE' });
  });

  test('fails when a message cannot be written', async () => {
    const from = source();
    let written = 0;
    const format = jsonLines(() => {
      if (written++ === 0) return Buffer.from('{}');
      throw new GatewayError('GW_UPSTREAM_PROTOCOL');
    });
    const { body, read } = bodyOf(from, format);
    read();
    await turn();
    from.asked[0]!.resolve(message);
    await turn();
    expect(body.failure).toMatchObject({ code: 'GW_UPSTREAM_PROTOCOL' });
    expect(from.seen.cancelled).toBeGreaterThan(0);
  });

  test('shows every 15 s that it is alive, to a client that has read everything', async () => {
    const from = source();
    const { body, clock, texts, read } = bodyOf(from, eventStream(write));
    clock.advance(15_000);
    expect(body.readableLength).toBe('retry: 3000\n\nid: 1\ndata: {}\n\n'.length);
    read();
    await turn();
    clock.advance(15_000);
    await turn();
    clock.advance(15_000);
    await turn();
    expect(texts.slice(2)).toEqual([': keep-alive\n\n', ': keep-alive\n\n']);
    expect(from.asked).toHaveLength(1);
    body.destroy();
    await turn();
    expect(clock.pending).toBe(1);
    from.asked[0]!.resolve(message);
    await turn();
    expect(clock.pending).toBe(0);
    expect(texts).toHaveLength(4);
  });

  test('ends after 300 s in which the service says nothing', async () => {
    const from = source();
    const { body, clock, read } = bodyOf(from);
    read();
    await turn();
    clock.advance(299_999);
    await turn();
    expect(body.failure).toBeNull();
    clock.advance(1);
    await turn();
    expect(body.failure).toMatchObject({ code: 'GW_TIMEOUT' });
    from.asked[0]!.reject(new Error('cancelled'));
    await turn();
  });

  test('that nobody wants any more is silent about what comes of the call', async () => {
    const from = source();
    const { body, texts, read } = bodyOf(from);
    read();
    await turn();
    body.destroy();
    from.asked[0]!.reject(new GatewayError('GW_CLIENT_CLOSED'));
    await turn();
    expect(texts).toHaveLength(1);
    expect(body.failure).toBeNull();
  });
});

describe('waiting', () => {
  test('has an end, or none', async () => {
    const clock = fakeClock();
    const late = within(10, clock, new Promise(() => undefined));
    clock.advance(10);
    await expect(late).rejects.toMatchObject({ code: 'GW_TIMEOUT' });
    await expect(within(10, clock, Promise.resolve(1))).resolves.toBe(1);
    await expect(within(10, clock, Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(within(Infinity, clock, Promise.resolve(2))).resolves.toBe(2);
    expect(clock.pending).toBe(0);
  });
});
