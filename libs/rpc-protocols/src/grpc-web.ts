import { GatewayError } from '@gateway/errors';
import { frame, PREFIX_BYTES, TRAILERS } from './frames';
import { endFields, grpcHead, grpcMessage, statusFields } from './grpc';
import type { FieldList } from './metadata';
import { readMessages } from './read-messages';
import { fieldOf, type ProtocolName, type RpcProtocol } from './protocol';
import { grpcTimeoutMs } from './timeouts';

/**
 * gRPC-Web (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md): gRPC for clients that can't read HTTP
 * trailers. They are the last frame of the body, also of a refusal: no field has to be exposed to scripts for it.
 */
export const grpcWeb: RpcProtocol = web(
  'grpc-web',
  'application/grpc-web',
  (bytes) => bytes,
  (body) => body,
  (bytes) => bytes,
);

/** gRPC-Web for clients that can't read binary bodies: base64 both ways. */
export const grpcWebText: RpcProtocol = web(
  'grpc-web-text',
  'application/grpc-web-text',
  // Each piece of three bytes may be padded on its own.
  (bytes) => Math.ceil(bytes / 3) * 4,
  decodeText,
  (bytes) => Buffer.from(bytes.toString('base64'), 'latin1'),
);

function web(
  name: ProtocolName,
  type: string,
  bodyBytes: (bytes: number) => number,
  decode: (body: Buffer) => Buffer,
  encode: (bytes: Buffer) => Buffer,
): RpcProtocol {
  return {
    name,
    unary: true,
    streams: {
      // Base64 is for browsers, which can't stream.
      fromClient: name === 'grpc-web',
      head: (codec) => grpcHead(type, codec),
      message: (bytes) => encode(frame(0, bytes)),
      end: (status, trailers) => ({ frame: encode(trailerFrame(endFields(status, trailers))), trailers: null }),
      read: (body, headers, limit) => readMessages(body, fieldOf(headers, 'grpc-encoding'), limit),
    },
    bodyBytes: (limit) => bodyBytes(limit + PREFIX_BYTES),
    timeoutMs: (headers) => grpcTimeoutMs(fieldOf(headers, 'grpc-timeout')),
    readUnary: ({ headers, body }, limit) => grpcMessage(headers, body === null ? null : decode(body), limit),
    answerUnary: (message, codec, { headers, trailers }) => ({
      status: 200,
      headers: [...grpcHead(type, codec), ...headers],
      body: encode(Buffer.concat([frame(0, message), trailerFrame(['grpc-status', '0', ...trailers])])),
    }),
    refuse: (status, codec) => ({
      status: 200,
      headers: grpcHead(type, codec),
      body: encode(trailerFrame(statusFields(status))),
    }),
  };
}

/** The frame that ends a body: the trailers as header fields of HTTP/1.1. */
export function trailerFrame(trailers: FieldList): Buffer {
  let text = '';
  for (let i = 0; i < trailers.length; i += 2) text += `${trailers[i]}: ${trailers[i + 1]}\r\n`;
  return frame(TRAILERS, Buffer.from(text, 'latin1'));
}

const NOT_BASE64 = /[^A-Za-z0-9+/=]/;

/**
 * Base64 whose parts may each be padded: a client encodes what it has at a time. In time that grows with the body alone; an
 * expression for all of it would need a stack that grows, too.
 */
function decodeText(body: Buffer): Buffer {
  const text = body.toString('latin1');
  if (NOT_BASE64.test(text)) throw notBase64();
  const bytes = Buffer.allocUnsafe(Math.ceil((text.length / 4) * 3));
  let length = 0;
  for (let start = 0, end; start < text.length; start = end) {
    const padding = text.indexOf('=', start);
    if (padding === -1) end = text.length;
    else end = text[padding + 1] === '=' ? padding + 2 : padding + 1;
    if ((end - start) % 4 !== 0) throw notBase64();
    length += bytes.write(text.slice(start, end), length, 'base64');
  }
  return bytes.subarray(0, length);
}

const notBase64 = (): GatewayError => new GatewayError('GW_BAD_BODY', { detail: 'The body is not base64' });
