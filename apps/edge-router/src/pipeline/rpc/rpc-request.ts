import { fromBinary, type Message } from '@bufbuild/protobuf';
import { GatewayError } from '@gateway/errors';
import { getHeader } from '@gateway/pipeline';
import type { RpcFormat } from '@gateway/rpc-protocols';
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
  { method, transcoder }: GrpcTarget,
  { clock }: MessagePorts,
  limit: number,
): (context: RequestContext) => Message | Promise<Message> {
  const decode = (context: RequestContext, { codec }: RpcFormat, bytes: Buffer): Message =>
    (context.message =
      codec === 'proto'
        ? binaryMessage(() => fromBinary(method.input, bytes))
        : transcoder.decode({ pathValues: [], query: '', body: bytes }));

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
      whenDone(protocol.readUnary({ headers, query, body: whole }, limit), (message) =>
        decode(context, format, message),
      ),
    );
  };
}

function binaryMessage(read: () => Message): Message {
  try {
    return read();
  } catch (cause) {
    throw new GatewayError('GW_BAD_BODY', { detail: 'The message cannot be decoded', cause });
  }
}
