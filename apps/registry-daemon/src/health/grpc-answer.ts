import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';

/** What a gRPC server answers to a unary call. */
export interface GrpcAnswer {
  /** The gRPC status, as a number; NaN when it is none. */
  readonly code: number;
  readonly detail: string;
  /** The message with its prefix; empty when there is none. */
  readonly message: Buffer;
}

/** Bytes of an answer that is expected to be a number or two. */
const MAX_ANSWER = 1_024;

/**
 * Makes a unary call on a connection.
 * @param request the message with its prefix
 * @param signal ends it
 * @throws Error when there is no answer, or one that isn't gRPC
 */
export function askGrpc(
  session: ClientHttp2Session,
  path: string,
  request: Buffer,
  signal: AbortSignal,
): Promise<GrpcAnswer> {
  return new Promise((resolve, reject) => {
    const head = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' };
    const stream = session.request(head, { signal });
    const headers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    let size = 0;
    // An answer without a message has its status in the headers ("Trailers-Only").
    for (const event of ['response', 'trailers'] as const)
      stream.on(event, (fields: IncomingHttpHeaders) => Object.assign(headers, fields));
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_ANSWER) chunks.push(chunk);
      else stream.destroy(new Error('its answer is too long'));
    });
    stream.on('error', (error) => reject((error.cause as Error | undefined) ?? error));
    stream.on('close', () => {
      if (headers['grpc-status'] === undefined) reject(new Error(whyNot(headers)));
      else resolve({ ...statusOf(headers), message: Buffer.concat(chunks) });
    });
    stream.end(request);
  });
}

const whyNot = (headers: IncomingHttpHeaders): string =>
  headers[':status'] === undefined
    ? 'the connection was closed'
    : `it answers with HTTP status ${headers[':status']}, which isn't gRPC`;

function statusOf(headers: IncomingHttpHeaders): Pick<GrpcAnswer, 'code' | 'detail'> {
  const [code, detail] = [headers['grpc-status'], String(headers['grpc-message'] ?? '')];
  return { code: Number(code), detail: decoded(detail) };
}

/** Percent-encoded, or else as it came. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
