import { decompress } from './compression';
import { COMPRESSED, FrameReader } from './frames';

/** A message that is compressed without saying how is compressed in a way that nobody knows. */
export const UNNAMED = 'unknown';

/**
 * The messages of a body of frames, as they come.
 * @param encoding how those are compressed that are
 * @param limit bytes of each message, decompressed
 */
export async function* readMessages(
  body: AsyncIterable<Buffer>,
  encoding: string | undefined,
  limit: number,
): AsyncGenerator<Buffer> {
  const reader = new FrameReader(limit);
  for await (const chunk of body)
    for (const { flags, data } of reader.push(chunk))
      yield (flags & COMPRESSED) === 0 ? data : await decompress(encoding ?? UNNAMED, data, limit);
  reader.end();
}
