import type { Clock } from '@gateway/clock';
import { fromGrpcStatus } from '@gateway/errors';
import { GrpcCallError, type UnaryOptions, type UnaryResult } from '@gateway/grpc-pool';
import type { EdgeResponse } from '@gateway/pipeline';
import type { Endpoint } from '../upstreams/endpoint';
import { pushbackOf } from './attempt-failure';
import { answerHeaders, callMetadata } from './call-metadata';
import type { RequestContext } from './context';
import type { GrpcTarget, Route } from './route';
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

/** The end of the pipeline for a gRPC method: calls it and writes its answer as JSON. */
export function forwardGrpc(
  { policy }: Route,
  { path, transcoder }: GrpcTarget,
  { clock, grpc }: GrpcForwardPorts,
): RouteHandler {
  const metadataOf = callMetadata(policy);
  const headersOf = answerHeaders(policy);

  const call = (context: RequestContext): Promise<UnaryResult> =>
    grpc.unary(context.endpoint!, path, transcoder.toWire(context.message!), {
      deadlineMs: context.remainingMs(clock),
      metadata: metadataOf(context),
      onCancel: (listener) => context.onCancel(listener),
    });

  return async (context): Promise<EdgeResponse> => {
    const { bytes, headers } = await answerOf(call(context));
    const message = transcoder.fromWire(bytes);
    context.responseMessage = message;
    return {
      status: 200,
      headers: ['content-type', transcoder.contentTypeOf(message), ...headersOf(headers)],
      body: transcoder.encode(message),
    };
  };
}

async function answerOf(call: Promise<UnaryResult>): Promise<UnaryResult> {
  try {
    return await call;
  } catch (error) {
    throw callProblem(error);
  }
}

/** What a call's failure is to the client. A service that wants its caller back later says when: the client is told the same. */
export function callProblem(error: unknown): unknown {
  if (!(error instanceof GrpcCallError)) return error;
  const pushbackMs = pushbackOf(error);
  const retryAfter = pushbackMs === null || !Number.isFinite(pushbackMs) ? undefined : Math.ceil(pushbackMs / 1_000);
  return fromGrpcStatus(error.status, error.details, { cause: error, retryAfter });
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
