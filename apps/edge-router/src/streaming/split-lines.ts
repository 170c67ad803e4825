import { GatewayError } from '@gateway/errors';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Cuts a body into its lines, at `\n` or `\r\n`. Empty ones are left out, as newline-delimited JSON has it; the last needs
 * no end. What is held is a line at most.
 * @param limit the longest line, in bytes
 * @throws GatewayError GW_BODY_TOO_LARGE, and what the body is broken off with
 */
export async function* splitLines(body: AsyncIterable<Buffer>, limit: number): AsyncGenerator<Buffer, void> {
  let begun: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      const line = trimmed([...begun, chunk.subarray(from, at)]);
      bound(line.length, limit);
      if (line.length > 0) yield line;
      [begun, length, from] = [[], 0, at + 1];
    }
    if (from === chunk.length) continue;
    begun.push(chunk.subarray(from));
    length += chunk.length - from;
    bound(length - 1, limit);
  }
  const line = trimmed(begun);
  bound(line.length, limit);
  if (line.length > 0) yield line;
}

function trimmed(parts: readonly Buffer[]): Buffer {
  const [only] = parts;
  const line = parts.length === 1 ? only! : Buffer.concat(parts);
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}

function bound(length: number, limit: number): void {
  if (length > limit)
    throw new GatewayError('GW_BODY_TOO_LARGE', { detail: `A message is larger than ${limit} bytes` });
}
