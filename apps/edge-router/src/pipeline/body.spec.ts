import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { GatewayError } from '@gateway/errors';
import { fakeClock } from '@gateway/testing';
import { boundBody, discardBody, readBody, refuseTooLong, watchBody } from './body';

const clock = fakeClock();
const bounds = { limit: 4, timeoutMs: 100, clock };
const tooLarge = expect.objectContaining({ code: 'GW_BODY_TOO_LARGE' });
const coded = (code: string) => expect.objectContaining({ code });

describe('readBody', () => {
  test('takes what is whole as it is', () => {
    const body = Buffer.from('four');
    expect(readBody(body, bounds)).toBe(body);
    expect(readBody(null, bounds)).toBeNull();
    expect(() => readBody(Buffer.from('fives'), bounds)).toThrow(tooLarge);
  });

  test('collects what streams, and leaves no timer', async () => {
    const stream = new PassThrough();
    const read = readBody(stream, bounds);
    stream.write('fo');
    stream.end('ur');
    expect(String(await read)).toBe('four');
    expect(clock.pending).toBe(0);
    expect(String(await readBody(Readable.from([]), { ...bounds, timeoutMs: Infinity }))).toBe('');
  });

  test('ends at the limit, at the deadline, and when the client goes', async () => {
    await expect(readBody(Readable.from([Buffer.from('fives')]), bounds)).rejects.toEqual(tooLarge);
    const late = readBody(new PassThrough(), bounds);
    clock.advance(100);
    await expect(late).rejects.toEqual(coded('GW_REQUEST_TIMEOUT'));
    const gone = new PassThrough();
    const reading = readBody(gone, bounds);
    gone.destroy();
    await expect(reading).rejects.toEqual(coded('GW_CLIENT_CLOSED'));
  });

  test('passes on why the engine ended it', async () => {
    for (const [error, code] of [
      [new GatewayError('GW_OVERLOADED'), 'GW_OVERLOADED'],
      [new Error('reset'), 'GW_CLIENT_CLOSED'],
    ] as const) {
      const stream = new PassThrough();
      const reading = readBody(stream, bounds);
      stream.destroy(error);
      await expect(reading).rejects.toEqual(coded(code));
    }
  });
});

describe('boundBody', () => {
  test('passes up to the limit', async () => {
    const whole = Buffer.from('four');
    expect(boundBody(null, 4)).toBeNull();
    expect(boundBody(whole, 4)).toBe(whole);
    expect(() => boundBody(whole, 3)).toThrow(tooLarge);
    expect(String(await buffer(boundBody(Readable.from([whole]), 4) as Readable))).toBe('four');
  });

  test('cuts off what is longer, and stops its source', async () => {
    const source = Readable.from([Buffer.from('fo'), Buffer.from('urs')]);
    await expect(buffer(boundBody(source, 4) as Readable)).rejects.toEqual(tooLarge);
    expect(source.destroyed).toBe(true);
  });

  test('ends as its source ends', async () => {
    const source = new PassThrough();
    const bound = boundBody(source, 4) as Readable;
    source.destroy(new Error('reset'));
    await expect(buffer(bound)).rejects.toThrow('reset');
  });
});

describe('refuseTooLong', () => {
  test('refuses an announced length above the limit', () => {
    expect(() => refuseTooLong('5', 4)).toThrow(tooLarge);
    refuseTooLong('4', 4);
    refuseTooLong(undefined, 4);
  });
});

describe('discardBody', () => {
  test('lets a stream flow away, whatever becomes of it', async () => {
    discardBody(null);
    discardBody(Buffer.alloc(1));
    const stream = new PassThrough();
    discardBody(stream);
    stream.end('x'.repeat(100_000));
    await new Promise((resolve) => stream.once('end', resolve));
    const broken = new PassThrough();
    discardBody(broken);
    broken.destroy(new Error('reset'));
    await new Promise((resolve) => broken.once('close', resolve));
  });
});

describe('watchBody', () => {
  const watched = async (parts: string[]) => {
    let seen: Buffer | null | undefined;
    const stream = watchBody(Readable.from(parts.map((part) => Buffer.from(part))), 4, (bytes) => (seen = bytes));
    const passed = String(await buffer(stream));
    return [passed, seen === null ? null : String(seen)];
  };

  test('lets all pass, and tells what passed when it was not too much', async () => {
    expect(await watched(['fo', 'ur'])).toEqual(['four', 'four']);
    expect(await watched(['fiv', 'es', '!'])).toEqual(['fives!', null]);
  });

  test('says nothing of a body that broke off, and ends what it reads when nobody reads it', async () => {
    const onEnd = () => {
      throw new Error('it has no end');
    };
    const broken = new PassThrough();
    const reading = buffer(watchBody(broken, 4, onEnd));
    broken.destroy(new Error('gone'));
    await expect(reading).rejects.toThrow('gone');
    const unread = new PassThrough();
    const closed = once(unread, 'close');
    watchBody(unread, 4, onEnd).destroy();
    await closed;
    expect(unread.destroyed).toBe(true);
  });
});
