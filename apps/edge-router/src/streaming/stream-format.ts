import type { Message } from '@bufbuild/protobuf';
import type { Problem } from '@gateway/errors';

/** How the messages of a stream are written into a body. */
export interface StreamFormat {
  /** Response fields, flat name/value pairs. @param first null: the stream is empty */
  headers(first: Message | null): string[];
  /** What stands before everything else; null: nothing. */
  readonly opening: Buffer | null;
  /**
   * One message.
   * @param nth counts the stream's messages, from 1 unless it is one that goes on
   * @throws GatewayError GW_UPSTREAM_PROTOCOL when it can't be written
   */
  message(message: Message, nth: number): Buffer;
  /** What the stream ends with when the call failed; null: it breaks off. */
  failure(problem: Problem): Buffer | null;
  /** What says nothing, to show that the stream is alive; null: there is no such thing. */
  readonly keepAlive: Buffer | null;
}

/** Writes a message: as JSON on one line, or as the content that it holds. */
export type WriteBytes = (message: Message) => Buffer;

/** A stream is read as it comes: nobody may store it, nor wait until there is more of it. */
const AS_IT_COMES = ['cache-control', 'no-store', 'x-accel-buffering', 'no'];
const NEGOTIATED = [...AS_IT_COMES, 'vary', 'accept'];

const NEWLINE = Buffer.from('\n');

/** Newline-delimited JSON: one message a line; a failure is a last line `{"error": …}`. */
export const jsonLines = (write: WriteBytes): StreamFormat => ({
  headers: () => ['content-type', 'application/x-ndjson', ...NEGOTIATED],
  opening: null,
  message: (message) => Buffer.concat([write(message), NEWLINE]),
  failure: (problem) => Buffer.from(`${JSON.stringify({ error: problem })}\n`),
  keepAlive: null,
});

/** How long a browser waits before it asks again, in milliseconds: WHATWG HTML, "Server-sent events". */
const RETRY_MS = 3_000;

const EVENT_END = Buffer.from('\n\n');

/** Server-sent events: `data` is the message, `id` its number; a failure is an event of the type `error`. */
export const eventStream = (write: WriteBytes): StreamFormat => ({
  headers: () => ['content-type', 'text/event-stream', ...NEGOTIATED],
  opening: Buffer.from(`retry: ${RETRY_MS}\n\n`),
  message: (message, nth) => Buffer.concat([Buffer.from(`id: ${nth}\ndata: `), write(message), EVENT_END]),
  failure: (problem) => Buffer.from(`event: error\ndata: ${JSON.stringify(problem)}\n\n`),
  keepAlive: Buffer.from(': keep-alive\n\n'),
});

/**
 * Messages that hold content (`google.api.HttpBody`), whose bytes follow each other as they are.
 * @param typeOf the content type of a message: the first one's counts
 */
export const rawContent = (write: WriteBytes, typeOf: (message: Message) => string): StreamFormat => ({
  headers: (first) => ['content-type', first === null ? 'application/octet-stream' : typeOf(first), ...AS_IT_COMES],
  opening: null,
  message: (message) => write(message),
  // Whatever stood there would be taken for content.
  failure: () => null,
  keepAlive: null,
});
