import { GatewayError } from '@gateway/errors';
import { type EdgeResponse, getHeader } from '@gateway/pipeline';
import { formatOfType, RPC_TYPES, type RpcFormat } from '@gateway/rpc-protocols';
import type { RequestContext } from '../context';
import type { GrpcTarget, Route } from '../route';
import { rpcFormat } from '../rpc/rpc-format';
import type { Settings } from '../settings';
import type { RouteStage } from '../stage';
import { whenDone } from '../when-done';

/**
 * Puts the answer of a route of RPC clients into the protocol of its client. Below it, the cache included, the body of an
 * answer is the encoded message and nothing else, so that clients of all protocols share it.
 */
export function speak({ target }: Route): RouteStage | null {
  if (target.kind !== 'grpc' || target.front !== 'rpc') return null;
  return (next) => (context) => {
    if (context.preflight !== null) return next(context);
    const format = rpcFormat(context);
    if (format === null) throw notSpoken(context, target);
    // A stream is framed where it is forwarded: its end is told behind its last message.
    if (target.streaming !== undefined) return next(context);
    return whenDone(next(context), (response) => answer(response, format, target, context));
  };
}

function answer(
  { headers, body, trailers }: EdgeResponse,
  { protocol, codec }: RpcFormat,
  { transcoder }: GrpcTarget,
  { responseMessage }: RequestContext,
): EdgeResponse {
  const bytes = body as Buffer;
  const message = codec === 'proto' ? bytes : transcoder.encode(responseMessage ?? transcoder.fromWire(bytes));
  const spoken = protocol.answerUnary(message, codec, { headers, trailers: trailers?.() ?? [] });
  const { trailers: spokenTrailers } = spoken;
  return {
    status: spoken.status,
    headers: spoken.headers,
    body: spoken.body,
    ...(spokenTrailers === undefined ? {} : { trailers: () => spokenTrailers }),
  };
}

function notSpoken({ headers, request }: RequestContext, { streaming }: GrpcTarget): GatewayError {
  const format = formatOfType(getHeader(headers, 'content-type'));
  const both = streaming !== undefined && streaming.client && streaming.server;
  if (format !== null && request.version !== '2' && (format.protocol.name === 'grpc' || both))
    return new GatewayError('GW_HTTP_VERSION', {
      detail: both
        ? 'Both sides of this method stream, which needs HTTP/2'
        : 'gRPC needs HTTP/2; gRPC-Web and Connect do without',
    });
  return new GatewayError('GW_UNSUPPORTED_MEDIA_TYPE', { headers: ['accept-post', RPC_TYPES] });
}

/** By which protocol the request is read and answered; null: by none, it is refused. */
export const describeSpeak = (_route: Route, context: RequestContext): Settings => {
  const format = rpcFormat(context);
  return { protocol: format?.protocol.name ?? null, messages: format?.codec ?? null };
};
