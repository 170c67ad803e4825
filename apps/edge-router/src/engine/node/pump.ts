import type { Readable } from 'node:stream';

/** What a body is pumped into: a ServerResponse or an HTTP/2 stream. */
export interface Sink {
  write(chunk: Buffer): boolean;
  on(event: 'drain', listener: () => void): unknown;
}

/** What happens to a pumped body. `onEnd` or `onBroken` is called once. */
export interface PumpEvents {
  onChunk(bytes: number): void;
  onEnd(): void;
  /** The body broke off: what was sent isn't whole. */
  onBroken(): void;
}

/**
 * Moves a body into a sink, as fast as the sink takes it. It is `stream.pipeline` without its per-stream bookkeeping:
 * the end of the sink is the caller's to watch, who destroys the body then.
 */
export function pump(body: Readable, sink: Sink, events: PumpEvents): void {
  let settled = false;
  const settle = (whole: boolean): void => {
    if (settled) return;
    settled = true;
    if (whole) events.onEnd();
    else events.onBroken();
  };
  body.on('data', (chunk: Buffer) => {
    events.onChunk(chunk.length);
    if (!sink.write(chunk)) body.pause();
  });
  sink.on('drain', () => body.resume());
  body.on('end', () => settle(true));
  body.on('error', () => settle(false));
  body.on('close', () => settle(false));
  // One that broke before anybody looked has no events left.
  if (body.destroyed) settle(false);
}
