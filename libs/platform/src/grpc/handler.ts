import { once } from 'node:events';
import type { DescMethod } from '@bufbuild/protobuf';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { GrpcMethod } from '@nestjs/microservices';
import { Observable } from 'rxjs';

type AnyHandler = (...args: any[]) => unknown; // eslint-disable-line @typescript-eslint/no-explicit-any -- wraps any method

/**
 * Makes a controller's method the handler of a gRPC method:
 * `@GrpcHandler(ShopService.method.getItem) getItem(request, metadata, call)`.
 * A unary handler returns the answer, or its fields, or a promise of it. A server-streaming one returns an async iterable,
 * which is read only as fast as the client takes it and ended when the client goes; or an Observable, which Nest buffers
 * without a bound.
 */
export const GrpcHandler =
  (method: DescMethod): MethodDecorator =>
  (target, key, descriptor: PropertyDescriptor) => {
    if (method.methodKind === 'server_streaming') descriptor.value = paced(descriptor.value as AnyHandler);
    GrpcMethod(method.parent.typeName, method.name)(target, key, descriptor);
    return descriptor as never;
  };

type StreamCall = ServerWritableStream<unknown, unknown>;

function paced(handler: AnyHandler): AnyHandler {
  return async function (this: unknown, request: unknown, metadata: unknown, call: StreamCall): Promise<unknown> {
    const answer: unknown = await handler.call(this, request, metadata, call);
    return isAsyncIterable(answer) ? written(answer, call) : answer;
  };
}

/** An Observable that emits nothing: it writes to the call itself, waiting whenever the call's buffer is full. */
function written(source: AsyncIterable<unknown>, call: StreamCall): Observable<never> {
  return new Observable((subscriber) => {
    const iterator = source[Symbol.asyncIterator]();
    const gone = new AbortController();
    copy(iterator, call, gone.signal).then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    );
    return () => {
      gone.abort();
      // A source that waits for its next value learns here that nobody takes it any more.
      void Promise.resolve(iterator.return?.()).catch(() => undefined);
    };
  });
}

async function copy(source: AsyncIterator<unknown>, call: StreamCall, gone: AbortSignal): Promise<void> {
  for (let next = await source.next(); next.done !== true; next = await source.next()) {
    if (gone.aborted || call.cancelled) return;
    if (!call.write(next.value)) await once(call, 'drain', { signal: gone }).catch(ignoreAbort);
  }
}

function ignoreAbort(error: unknown): void {
  if ((error as Error).name !== 'AbortError') throw error;
}

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
