import { eventually } from '@gateway/testing';
import { describe, expect, test } from '@jest/globals';
import { socketPair } from './socket-pair';

describe('a connection within the process', () => {
  test('carries bytes both ways, and its end', async () => {
    const [one, other] = socketPair();
    one.end('from one');
    other.end('from other');
    const read = async (end: typeof one): Promise<string> => {
      let text = '';
      for await (const chunk of end) text += String(chunk);
      return text;
    };
    expect(await Promise.all([read(one), read(other)])).toEqual(['from other', 'from one']);
    await eventually(() => one.closed && other.closed);
  });

  test('has its writer wait for its reader', async () => {
    const [one, other] = socketPair();
    const chunk = Buffer.alloc(16_384);
    let written = 0;
    const write = (): void => void one.write(chunk, () => void (++written < 100 && write()));
    write();
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(written).toBeLessThan(10);
    other.resume();
    await eventually(() => written === 100);
  });

  test.each([0, 1])('an end that leaves takes the other one along: %d', async (which) => {
    const ends = socketPair();
    ends[which]!.write('unread');
    ends[which]!.end();
    ends[which]!.destroy();
    await eventually(() => ends[0].closed && ends[1].closed);
  });
});
