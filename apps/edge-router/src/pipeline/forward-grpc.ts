import type { Clock } from '@gateway/clock';
import { fromGrpcStatus } from '@gateway/errors';
import { GrpcCallError, type UnaryOptions, type UnaryResult } from '@gateway/grpc-pool';
import type { EdgeResponse } from '@gateway/pipeline';
import type { Endpoint } from '../upstreams/endpoint';
import type { RequestContext } from './context';
import type { GrpcTarget } from './route';
import type { RouteHandler } from './stage';
import { identityFields } from './upstream-headers';

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
export function forwardGrpc({ path, transcoder }: GrpcTarget, { clock, grpc }: GrpcForwardPorts): RouteHandler {
  const call = (context: RequestContext, endpoint: Endpoint, request: Uint8Array): Promise<UnaryResult> =>
    grpc.unary(endpoint, path, request, {
      deadlineMs: context.remainingMs(clock),
      metadata: identityFields(context),
      onCancel: (listener) => context.onCancel(listener),
    });

  return async (context): Promise<EdgeResponse> => {
    const request = transcoder.toWire(context.message!);
    const { bytes } = await callSafely(context, (endpoint) => call(context, endpoint, request));
    const message = transcoder.fromWire(bytes);
    context.responseMessage = message;
    return { status: 200, headers: ['content-type', 'application/json'], body: transcoder.encode(message) };
  };
}

/** A call that the endpoint provably hasn't processed goes to another one, once: an instance may drain at any moment. */
async function callSafely(
  context: RequestContext,
  call: (endpoint: Endpoint) => Promise<UnaryResult>,
): Promise<UnaryResult> {
  const endpoint = context.endpoint!;
  try {
    return await call(endpoint);
  } catch (error) {
    const another = isRefused(error) ? (context.pickAnother?.(endpoint) ?? null) : null;
    if (another === null) throw asProblem(error);
    context.endpoint = another;
    return call(another).catch((again: unknown) => {
      throw asProblem(again);
    });
  }
}

const isRefused = (error: unknown): boolean => error instanceof GrpcCallError && error.refused;

function asProblem(error: unknown): unknown {
  return error instanceof GrpcCallError ? fromGrpcStatus(error.status, error.details, error) : error;
}
