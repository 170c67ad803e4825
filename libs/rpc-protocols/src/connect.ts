import { GatewayError } from '@gateway/errors';
import { ACCEPTED_ENCODINGS, decompress } from './compression';
import { COMPRESSED, END_OF_STREAM, frame, onlyFrame, PREFIX_BYTES } from './frames';
import type { FieldList } from './metadata';
import { readMessages, UNNAMED } from './read-messages';
import { fieldOf, type RpcProtocol, type RpcRequest } from './protocol';
import type { RpcStatus } from './rpc-status';
import { connectTimeoutMs } from './timeouts';

/** The name and the HTTP status of each gRPC status in Connect (https://connectrpc.com/docs/protocol). */
const CODES: Readonly<Record<number, readonly [name: string, status: number]>> = {
  1: ['canceled', 499],
  2: ['unknown', 500],
  3: ['invalid_argument', 400],
  4: ['deadline_exceeded', 504],
  5: ['not_found', 404],
  6: ['already_exists', 409],
  7: ['permission_denied', 403],
  8: ['resource_exhausted', 429],
  9: ['failed_precondition', 400],
  10: ['aborted', 409],
  11: ['out_of_range', 400],
  12: ['unimplemented', 501],
  13: ['internal', 500],
  14: ['unavailable', 503],
  15: ['data_loss', 500],
  16: ['unauthenticated', 401],
};
const UNKNOWN = CODES[2]!;

/** Connect's unary calls: plain HTTP with the message as the body, or, for calls without side effects, in the query. */
export const connect: RpcProtocol = {
  name: 'connect',
  unary: true,
  streams: null,
  bodyBytes: (limit) => limit,
  timeoutMs: (headers) => connectTimeoutMs(fieldOf(headers, 'connect-timeout-ms')),
  readUnary(request, limit) {
    if (request.body === null && isConnectQuery(request.query)) return messageOfQuery(request, limit);
    return decompress(fieldOf(request.headers, 'content-encoding'), request.body ?? Buffer.alloc(0), limit);
  },
  answerUnary: (message, codec, { headers, trailers }) => ({
    status: 200,
    headers: ['content-type', `application/${codec}`, ...headers, ...prefixed(trailers)],
    body: asBuffer(message),
  }),
  refuse: (status) => ({
    status: (CODES[status.code] ?? UNKNOWN)[1],
    headers: ['content-type', 'application/json'],
    body: Buffer.from(JSON.stringify(connectError(status))),
  }),
};

/** Connect's streams: enveloped messages, the last envelope tells how the call ended. */
export const connectStream: RpcProtocol = {
  name: 'connect-stream',
  // Unary calls have a form of their own, and a server must not accept this one (415).
  unary: false,
  streams: {
    fromClient: true,
    head: (codec) => ['content-type', `application/connect+${codec}`, 'connect-accept-encoding', ACCEPTED_ENCODINGS],
    message: (bytes) => frame(0, bytes),
    end: (status, trailers) => ({ frame: endOfStream(status, trailers), trailers: null }),
    read: (body, headers, limit) => readMessages(body, fieldOf(headers, 'connect-content-encoding'), limit),
  },
  bodyBytes: (limit) => limit + PREFIX_BYTES,
  timeoutMs: connect.timeoutMs,
  readUnary({ headers, body }, limit) {
    const { flags, data } = onlyFrame(body ?? Buffer.alloc(0), limit);
    if ((flags & COMPRESSED) === 0) return data;
    return decompress(fieldOf(headers, 'connect-content-encoding') ?? UNNAMED, data, limit);
  },
  answerUnary: () => {
    throw new GatewayError('GW_UNSUPPORTED_MEDIA_TYPE');
  },
  refuse: (status, codec) => ({
    status: 200,
    headers: ['content-type', `application/connect+${codec}`],
    body: endOfStream(status, []),
  }),
};

/** The last envelope of a stream. Null: the call succeeded. */
export function endOfStream(status: RpcStatus | null, trailers: FieldList): Buffer {
  const metadata: Record<string, string[]> = {};
  for (let i = 0; i < trailers.length; i += 2) (metadata[trailers[i]!] ??= []).push(trailers[i + 1]!);
  const end = { ...(status === null ? {} : { error: connectError(status) }), metadata };
  return frame(END_OF_STREAM, Buffer.from(JSON.stringify(end)));
}

const TYPE_PREFIX = 'type.googleapis.com/';

/** An error as Connect writes it. */
function connectError({ code, message, details }: RpcStatus): object {
  return {
    code: (CODES[code] ?? UNKNOWN)[0],
    message,
    details: details.map(({ typeUrl, value }) => ({
      type: typeUrl.startsWith(TYPE_PREFIX) ? typeUrl.slice(TYPE_PREFIX.length) : typeUrl,
      value: Buffer.from(value).toString('base64').replace(/=+$/, ''),
    })),
  };
}

/** Whether a query is that of a Connect GET. */
export const isConnectQuery = (query: string): boolean => /(?:^|&)encoding=/.test(query);

/** The message of a GET: `message`, in base64url with `base64=1`. */
function messageOfQuery({ query }: RpcRequest, limit: number): Buffer | Promise<Buffer> {
  const parameters = new URLSearchParams(query);
  const text = parameters.get('message');
  if (text === null) throw new GatewayError('GW_BAD_BODY', { detail: 'The query has no message' });
  const bytes = parameters.get('base64') === '1' ? fromBase64Url(text) : Buffer.from(text, 'utf8');
  if (bytes.length > limit)
    throw new GatewayError('GW_BODY_TOO_LARGE', { detail: `The message is larger than ${limit} bytes` });
  return decompress(parameters.get('compression') ?? undefined, bytes, limit);
}

function fromBase64Url(text: string): Buffer {
  // Both alphabets and padding are allowed; a plus has become a space.
  const plain = text.replaceAll(' ', '+');
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(plain))
    throw new GatewayError('GW_BAD_BODY', { detail: 'The message is not base64' });
  return Buffer.from(plain, 'base64url');
}

/** Trailers of a unary call are header fields with a prefix. */
const prefixed = (trailers: FieldList): FieldList =>
  trailers.map((text, i) => (i % 2 === 0 ? `trailer-${text}` : text));

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
