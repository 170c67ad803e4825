import type { Route } from '../route';
import type { RouteHandler } from '../stage';
import { answerOwn } from '../answer-own';
import { describeForwardGrpc, type GrpcForwardPorts, forwardGrpc } from '../forward-grpc';
import { describeForwardHttp, type HttpForwardPorts, forwardHttp } from '../forward-http';
import { forwardSocket } from '../forward-socket';
import { forwardStream } from '../forward-stream';
import { forwardUpload, type UploadPorts } from '../forward-upload';
import { refuse } from '../refuse';
import { forwardRpcStream, type RpcStreamPorts } from '../rpc/forward-rpc-stream';
import type { RequestContext } from '../context';
import type { Settings } from '../settings';

/** What forwarding needs. */
export type ForwardPorts = GrpcForwardPorts & HttpForwardPorts & UploadPorts & RpcStreamPorts;

/** Sends the request to its endpoint, or answers a page of our own: the end of the pipeline. */
export function forward(route: Route, ports: ForwardPorts): RouteHandler {
  const { target } = route;
  if (target.kind === 'grpc') {
    if (target.own !== undefined) return answerOwn(route, target, target.own, ports);
    if (target.streaming === undefined) return forwardGrpc(route, target, ports);
    if (target.front === 'rpc') return forwardRpcStream(route, target, ports);
    const overHttp = (target.streaming.client ? forwardUpload : forwardStream)(route, target, ports);
    const overSocket = forwardSocket(route, target, ports);
    return (context) => (context.isTunnel ? overSocket(context) : overHttp(context));
  }
  if (target.kind === 'http') return forwardHttp(route, target, ports);
  return target.kind === 'page' ? target.answer : refuse;
}

/** What would be sent, where. */
export function describeForward(route: Route, context: RequestContext): Settings {
  const { target } = route;
  if (target.kind === 'grpc') return target.own === undefined ? describeForwardGrpc(target) : { page: target.path };
  if (target.kind === 'http') return describeForwardHttp(route, target, context);
  return target.kind === 'page' ? { page: target.name } : { refuses: context.refusal!.code };
}
