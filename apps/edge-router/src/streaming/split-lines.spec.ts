import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { splitLines } from './split-lines';

async function split(chunks: readonly Buffer[], limit = 1_000): Promise<string[]> {
  const lines: string[] = [];
  const body = (async function* () {
    yield* chunks;
  })();
  for await (const line of splitLines(body, limit)) lines.push(line.toString('latin1'));
  return lines;
}

test('however a body is cut, its lines are the same', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '\n', '\r\n', '\r', ' ', '{') }).map((s) => Buffer.from(s));
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(40)), async (whole, cuts) => {
      const at = [...cuts.map((cut) => Math.min(cut, whole.length)), 0, whole.length].sort((a, b) => a - b);
      const chunks = at.slice(1).map((end, index) => whole.subarray(at[index], end));
      const expected = whole
        .toString('latin1')
        .split('\n')
        .map((line) => line.replace(/\r$/, ''));
      expect(await split(chunks)).toEqual(expected.filter((line) => line !== ''));
    }),
  );
});

test.each<[string, string[], boolean]>([
  ['as long as it may be', ['1234\n', '12', '34\r\n', '1234'], true],
  ['longer', ['12345\n'], false],
  ['longer, before it has ended', ['123', '456'], false],
  ['longer, at the end', ['12345'], false],
])('a line that is %s', async (_, parts, fits) => {
  const lines = split(
    parts.map((part) => Buffer.from(part)),
    4,
  );
  if (fits) expect(await lines).toEqual(['1234', '1234', '1234']);
  else await expect(lines).rejects.toMatchObject({ code: 'GW_BODY_TOO_LARGE' });
});
