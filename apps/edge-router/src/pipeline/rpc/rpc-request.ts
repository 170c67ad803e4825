import { fromBinary, type Message } from '@bufbuild/protobuf';
import { GatewayError } from '@gateway/errors';
import { getHeader } from '@gateway/pipeline';
import type { MessageCodec } from '@gateway/rpc-protocols';
import { readBody, refuseTooLong } from '../body';
import type { RequestContext } from '../context';
import type { MessagePorts } from '../request-message';
import type { GrpcTarget } from '../route';
import { whenDone } from '../when-done';
import { rpcFormat } from './rpc-format';

/**
 * What makes the request message of a route of RPC clients.
 * @param limit bytes of the message
 */
export function rpcRequest(
  target: GrpcTarget,
  { clock }: MessagePorts,
  limit: number,
): (context: RequestContext) => Message | Promise<Message> {
  return (context) => {
    // The stage `speak` refuses what it doesn't know.
    const format = rpcFormat(context)!;
    const { protocol } = format;
    const { headers, query } = context;
    const bytes = protocol.bodyBytes(limit);
    refuseTooLong(getHeader(headers, 'content-length'), bytes);
    const timeoutMs = context.remainingMs(clock);
    const body = readBody(context.takeBody(), { limit: bytes, timeoutMs, clock });
    return whenDone<Buffer | null, Message>(body, (whole) =>
      whenDone(
        protocol.readUnary({ headers, query, body: whole }, limit),
        (message) => (context.message = decodeMessage(target, format.codec, message)),
      ),
    );
  };
}

/**
 * A message of an RPC client.
 * @throws GatewayError GW_BAD_BODY when the bytes are none, and those of Transcoder.decode
 */
export const decodeMessage = ({ method, transcoder }: GrpcTarget, codec: MessageCodec, bytes: Buffer): Message =>
  codec === 'proto'
    ? binaryMessage(() => fromBinary(method.input, bytes))
    : transcoder.decode({ pathValues: [], query: '', body: bytes });

function binaryMessage(read: () => Message): Message {
  try {
    return read();
  } catch (cause) {
    throw new GatewayError('GW_BAD_BODY', { detail: 'The message cannot be decoded', cause });
  }
}
