import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import type { Clock } from '@gateway/clock';
import { asGatewayError, GatewayError } from '@gateway/errors';
import type { Body } from '@gateway/pipeline';

/** How much of a body is read, and how long is waited for it. */
export interface BodyBounds {
  /** Bytes. */
  readonly limit: number;
  /** Milliseconds; Infinity: as long as the client takes. */
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, 'after'>;
}

const tooLarge = (limit: number): GatewayError =>
  new GatewayError('GW_BODY_TOO_LARGE', { detail: `The body is larger than ${limit} bytes` });

/**
 * The whole of a body.
 * @throws GatewayError GW_BODY_TOO_LARGE, GW_REQUEST_TIMEOUT, GW_CLIENT_CLOSED when the client went away
 */
export function readBody(body: Body, bounds: BodyBounds): Buffer | null | Promise<Buffer> {
  if (body === null) return null;
  if (!Buffer.isBuffer(body)) return collect(body, bounds);
  if (body.length > bounds.limit) throw tooLarge(bounds.limit);
  return body;
}

function collect(stream: Readable, { limit, timeoutMs, clock }: BodyBounds): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (end: () => void): void => {
      timer?.cancel();
      stream.off('data', onData);
      end();
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      chunks.push(chunk);
      if (length > limit) finish(() => reject(tooLarge(limit)));
    };
    const late = (): void => finish(() => reject(new GatewayError('GW_REQUEST_TIMEOUT')));
    const timer = timeoutMs === Number.POSITIVE_INFINITY ? null : clock.after(timeoutMs, late);
    stream.on('data', onData);
    stream.once('end', () => finish(() => resolve(Buffer.concat(chunks, length))));
    stream.once('error', (error) => finish(() => reject(asClientError(error))));
    // After an end or an error this changes nothing.
    stream.once('close', () => finish(() => reject(new GatewayError('GW_CLIENT_CLOSED'))));
  });
}

const asClientError = (error: Error): GatewayError =>
  error instanceof GatewayError ? error : new GatewayError('GW_CLIENT_CLOSED', { cause: asGatewayError(error).cause });

/** The body, cut off with GW_BODY_TOO_LARGE behind `limit` bytes. Throws at once when it is whole already. */
export function boundBody(body: Body, limit: number): Body {
  if (body === null) return null;
  if (Buffer.isBuffer(body)) {
    if (body.length > limit) throw tooLarge(limit);
    return body;
  }
  let length = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      length += chunk.length;
      if (length > limit) done(tooLarge(limit));
      else done(null, chunk);
    },
  });
  return piped(body, meter);
}

/** A pipe that ends both ways: a failure goes on, and who stops reading stops the sender. */
function piped(from: Readable, to: Transform): Transform {
  from.once('error', (error) => to.destroy(error));
  to.once('close', () => {
    if (!from.readableEnded) from.destroy();
  });
  return from.pipe(to);
}

/**
 * The same body, of which somebody is told the bytes when all of them have passed; null: they were more than `limit`.
 * Nothing waits for it.
 */
export function watchBody(body: Readable, limit: number, onEnd: (bytes: Buffer | null) => void): Readable {
  const chunks: Buffer[] = [];
  let length = 0;
  const watch = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      length += chunk.length;
      if (length <= limit) chunks.push(chunk);
      else chunks.length = 0;
      done(null, chunk);
    },
    flush(done) {
      onEnd(length > limit ? null : Buffer.concat(chunks, length));
      done();
    },
  });
  return piped(body, watch);
}

/** Refuses a body whose announced length is too large, before a byte of it is read. */
export function refuseTooLong(contentLength: string | undefined, limit: number): void {
  if (contentLength !== undefined && Number(contentLength) > limit) throw tooLarge(limit);
}

/** Lets a body that nobody wants flow away, so that the connection can be used again. */
export function discardBody(body: Body): void {
  if (body === null || Buffer.isBuffer(body)) return;
  body.on('error', () => {});
  body.resume();
}
