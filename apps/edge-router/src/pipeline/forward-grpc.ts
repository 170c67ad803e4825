import type { Clock } from '@gateway/clock';
import type { UnaryOptions, UnaryResult } from '@gateway/grpc-pool';
import type { EdgeResponse } from '@gateway/pipeline';
import { publicMetadata } from '@gateway/rpc-protocols';
import type { Endpoint } from '../upstreams/endpoint';
import { answerHeaders, callMetadata, publicNames } from './call-metadata';
import type { RequestContext } from './context';
import type { GrpcTarget, Route } from './route';
import { serviceErrors } from './service-errors';
import type { RouteHandler } from './stage';
import { ADDED_FIELDS } from './upstream-headers';
import type { Settings } from './settings';

/** Who calls gRPC services. */
export interface GrpcCaller {
  /** @throws GrpcCallError */
  unary(endpoint: Endpoint, path: string, request: Uint8Array, options: UnaryOptions): Promise<UnaryResult>;
}

/** What forwarding to gRPC needs. */
export interface GrpcForwardPorts {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly grpc: GrpcCaller;
}

/** The end of the pipeline for a gRPC method: calls it and makes a response of its answer. */
export function forwardGrpc(route: Route, target: GrpcTarget, { clock, grpc }: GrpcForwardPorts): RouteHandler {
  const { path, transcoder } = target;
  const problemOf = serviceErrors(route, target);
  const respond = target.front === 'rpc' ? asMessage(route, target) : asContent(route, target);
  const metadataOf = callMetadata(route.policy);

  const call = (context: RequestContext): Promise<UnaryResult> =>
    grpc.unary(context.endpoint!, path, transcoder.toWire(context.message!), {
      deadlineMs: context.remainingMs(clock),
      metadata: metadataOf(context),
      onCancel: (listener) => context.onCancel(listener),
    });

  return async (context): Promise<EdgeResponse> => {
    try {
      return respond(await call(context), context);
    } catch (error) {
      throw problemOf(error);
    }
  };
}

type Respond = (result: UnaryResult, context: RequestContext) => EdgeResponse;

/** For REST clients: JSON, or the content that the message carries. */
function asContent({ policy }: Route, { transcoder }: GrpcTarget): Respond {
  const headersOf = answerHeaders(policy);
  return ({ bytes, headers }, context) => {
    const message = transcoder.fromWire(bytes);
    context.responseMessage = message;
    return {
      status: 200,
      headers: ['content-type', transcoder.contentTypeOf(message), ...headersOf(headers)],
      body: transcoder.encode(message),
    };
  };
}

/** For RPC clients: the message as it came, which is decoded only where a stage above looks into it (see `speak`). */
function asMessage({ policy }: Route, { transcoder, rules }: GrpcTarget): Respond {
  const isRead = (rules !== undefined && rules.response !== null) || policy.emits.length > 0;
  const names = publicNames(policy);
  // A buffer of the transport's may be a view into a much larger one, which the cache would keep.
  const body = policy.cache === undefined ? (bytes: Buffer) => bytes : (bytes: Buffer) => Buffer.from(bytes);
  return ({ bytes, headers, trailers: said }, context) => {
    if (isRead) context.responseMessage = transcoder.fromWire(bytes);
    const trailers = publicMetadata(said, names);
    return { status: 200, headers: publicMetadata(headers, names), body: body(bytes), trailers: () => trailers };
  };
}

/** The call that would be made. */
export const describeForwardGrpc = ({ service, path, streaming }: GrpcTarget): Settings => ({
  protocol: 'grpc',
  service,
  method: 'POST',
  path,
  added: ADDED_FIELDS,
  streaming: streaming === undefined ? null : { ...streaming },
});
