import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Frame, frame, FrameReader, onlyFrame } from './frames';

const LIMIT = 100;
const message = fc.uint8Array({ maxLength: LIMIT });
const anyFrame = fc.tuple(fc.nat(255), message);

/** A body in pieces: cut anywhere, also in prefixes, also into nothing. */
function pieces(body: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...cuts.map((cut) => cut % (body.length + 1)), 0, body.length].sort((a, b) => a - b);
  return places.slice(1).map((end, i) => body.subarray(places[i]!, end));
}

function readAll(chunks: readonly Buffer[]): Frame[] {
  const reader = new FrameReader(LIMIT);
  const frames = chunks.flatMap((chunk) => [...reader.push(chunk)]);
  reader.end();
  return frames.map(({ flags, data }) => ({ flags, data: Buffer.from(data) }));
}

describe('frames', () => {
  test('are read as they were written, however they are cut', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 20 }), (given, cuts) => {
        const body = Buffer.concat(given.map(([flags, data]) => frame(flags, data)));
        expect(readAll(pieces(body, cuts))).toEqual(given.map(([flags, data]) => ({ flags, data: Buffer.from(data) })));
      }),
    );
  });

  test('of a byte at a time are read, too', () => {
    const body = Buffer.concat([frame(0, Buffer.from('one')), frame(1, Buffer.alloc(0)), frame(0, Buffer.from('two'))]);
    expect(readAll([...body].map((byte) => Buffer.of(byte))).map(({ data }) => String(data))).toEqual([
      'one',
      '',
      'two',
    ]);
  });

  test('whatever the bytes are, they are frames within the limit, or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(), { maxLength: 5 }), (bytes, cuts) => {
        try {
          for (const { data } of readAll(pieces(Buffer.from(bytes), cuts)))
            expect(data.length).toBeLessThanOrEqual(LIMIT);
        } catch (error) {
          expect((error as { code: string }).code).toMatch(/^GW_(BODY_TOO_LARGE|BAD_BODY)$/);
        }
      }),
    );
  });

  test('that are too large are refused by their prefix, wherever that is cut', () => {
    const prefix = Buffer.from([0, 0, 0, 0, LIMIT + 1]);
    for (let cut = 0; cut <= prefix.length; cut++) {
      const read = () => readAll([prefix.subarray(0, cut), prefix.subarray(cut)]);
      expect(read).toThrow(expect.objectContaining({ code: 'GW_BODY_TOO_LARGE' }));
    }
  });

  test('a body that ends within one is refused', () => {
    const body = frame(0, Buffer.from('one'));
    for (let end = 1; end < body.length; end++)
      expect(() => readAll([body.subarray(0, end)])).toThrow(expect.objectContaining({ code: 'GW_BAD_BODY' }));
  });
});

test('a unary call has one message', () => {
  const one = frame(0, Buffer.from('one'));
  expect(String(onlyFrame(one, LIMIT).data)).toBe('one');
  for (const body of [Buffer.alloc(0), Buffer.concat([one, one])])
    expect(() => onlyFrame(body, LIMIT)).toThrow(expect.objectContaining({ code: 'GW_BAD_BODY' }));
});
