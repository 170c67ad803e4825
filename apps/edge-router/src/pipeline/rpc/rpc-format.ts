import { getHeader } from '@gateway/pipeline';
import { formatOfCall, formatOfType, type RpcFormat } from '@gateway/rpc-protocols';
import type { RequestContext } from '../context';
import { type GrpcStreaming, isRpc, streamingOf } from '../route';

/**
 * How the client speaks when it speaks RPC; null: it doesn't. Looked for when somebody wants to know, once: requests of
 * REST clients that succeed never pay for it. Off the routes of RPCs only a media type that means nothing else counts.
 */
export function rpcFormat(context: RequestContext): RpcFormat | null {
  if (context.rpc === undefined) context.rpc = formatOf(context);
  return context.rpc;
}

function formatOf({ live, headers, request, query }: RequestContext): RpcFormat | null {
  const type = getHeader(headers, 'content-type');
  const isCall = live !== null && isRpc(live.route);
  const streaming = isCall ? streamingOf(live.route.target) : undefined;
  const format = isCall ? formatOfCall(request.method, type, query) : formatOfType(type);
  if (format === null || !canCarry(format, request.version)) return null;
  return isCall && !serves(format, streaming, request.version) ? null : format;
}

/** Before HTTP/2 few clients read trailers, and gRPC's own never ask so. */
const canCarry = ({ protocol }: RpcFormat, version: string): boolean => protocol.name !== 'grpc' || version === '2';

/** Whether the protocol has a form for such a method. Both sides can speak at a time only in HTTP/2. */
function serves({ protocol }: RpcFormat, streaming: GrpcStreaming | undefined, version: string): boolean {
  const { unary, streams } = protocol;
  if (streaming === undefined) return unary;
  if (streams === null || !streaming.client) return streams !== null;
  return streams.fromClient && (!streaming.server || version === '2');
}
