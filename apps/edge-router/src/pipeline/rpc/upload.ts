import type { GrpcStream } from '@gateway/grpc-pool';
import type { Body } from '@gateway/pipeline';
import type { RpcFormat } from '@gateway/rpc-protocols';
import type { RequestContext } from '../context';
import type { GrpcTarget, Route } from '../route';
import { requestCheck } from '../stages/validate';
import type { RpcStreamPorts } from './forward-rpc-stream';
import { decodeMessage } from './rpc-request';

/** The client's part of a call. */
export interface Upload {
  /** What is wrong with what the client sent; null: nothing so far. */
  readonly failure: unknown;
}

/** What sends a client's messages to the service, each checked, as fast as the service takes them. */
export function clientUpload(
  route: Route,
  target: GrpcTarget,
  ports: RpcStreamPorts,
): (context: RequestContext, stream: GrpcStream, format: RpcFormat) => Upload {
  const limit = Number(route.policy.maxBodyBytes ?? ports.bodyLimit);
  const check = requestCheck(route, ports);

  const sendAll = async (
    context: RequestContext,
    stream: GrpcStream,
    { protocol, codec }: RpcFormat,
  ): Promise<void> => {
    const body = chunksOf(context.takeBody());
    for await (const bytes of protocol.streams!.read(body, context.headers, limit)) {
      const message = decodeMessage(target, codec, bytes);
      check?.(context, message);
      if (!stream.send(target.transcoder.toWire(message)))
        await new Promise<void>((resolve) => stream.onDrain(resolve));
    }
    stream.end();
  };
  return (context, stream, format) => {
    const upload = { failure: null as unknown };
    sendAll(context, stream, format).catch((error: unknown) => {
      upload.failure = error;
      stream.cancel();
    });
    return upload;
  };
}

async function* chunksOf(body: Body): AsyncGenerator<Buffer> {
  if (body === null) return;
  if (Buffer.isBuffer(body)) yield body;
  else for await (const chunk of body) yield chunk as Buffer;
}
