import type { GatewayError } from '@gateway/errors';
import type { EdgeResponse } from '@gateway/pipeline';
import { type RpcFormat, rpcStatusOf } from '@gateway/rpc-protocols';
import type { RequestContext } from '../context';

/** The answer to a call that failed, in the client's protocol. */
export function rpcRefusal(error: GatewayError, { protocol, codec }: RpcFormat, context: RequestContext): EdgeResponse {
  const target = context.live?.route.target;
  const input = target?.kind === 'grpc' ? target.method.input : undefined;
  const { status, headers, body } = protocol.refuse(rpcStatusOf(error, input), codec);
  return { status, headers, body };
}
