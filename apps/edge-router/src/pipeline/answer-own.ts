import { toBinary } from '@bufbuild/protobuf';
import type { OwnMethod } from './own-method';
import type { GrpcTarget, Route } from './route';
import { forwardRpcStream, type RpcStreamPorts } from './rpc/forward-rpc-stream';
import type { RouteHandler } from './stage';

/** The end of the pipeline for a method that the gateway itself answers: what is forwarded elsewhere is said here. */
export function answerOwn(route: Route, target: GrpcTarget, own: OwnMethod, ports: RpcStreamPorts): RouteHandler {
  if ('openStream' in own) return forwardRpcStream(route, target, { ...ports, openStream: own.openStream });
  const { output } = target.method;
  return (context) => {
    const message = own.answer(context.message!);
    context.responseMessage = message;
    const { buffer, byteOffset, byteLength } = toBinary(output, message);
    return { status: 200, headers: [], body: Buffer.from(buffer, byteOffset, byteLength) };
  };
}
