import { Readable } from 'node:stream';
import type { Message } from '@bufbuild/protobuf';
import { asGatewayError, type GatewayError } from '@gateway/errors';
import type { GrpcStream } from '@gateway/grpc-pool';
import type { EdgeResponse } from '@gateway/pipeline';
import { publicMetadata, rpcStatusOf, type RpcFormat, type StreamProtocol } from '@gateway/rpc-protocols';
import { within } from '../../streaming/within';
import { publicNames } from '../call-metadata';
import type { RequestContext } from '../context';
import { type StreamForwardPorts, streamOpener } from '../forward-stream';
import type { MessagePorts } from '../request-message';
import type { GrpcTarget, Route } from '../route';
import { serviceErrors } from '../service-errors';
import type { RouteHandler } from '../stage';
import { responseCheck } from '../stages/validate-response';
import { rpcFormat } from './rpc-format';
import { clientUpload } from './upload';

/** What forwarding streams of RPC clients needs. */
export type RpcStreamPorts = StreamForwardPorts & Pick<MessagePorts, 'bodyLimit'>;

/** How a call failed: what ended the client's part, or else the service's. */
interface CallEnd {
  failure: GatewayError | null;
  trailers: string[];
}

/**
 * The end of the pipeline for a streaming method that RPC clients call. The head leaves with the service's; what fails
 * before is answered like any other failure, what fails later is the status at the end of the body.
 */
export function forwardRpcStream(route: Route, target: GrpcTarget, ports: RpcStreamPorts): RouteHandler {
  const { transcoder } = target;
  const open = streamOpener(route, target, ports);
  const failureOf = serviceErrors(route, target);
  const upload = target.streaming!.client ? clientUpload(route, target, ports) : null;
  const pump = answerPump(route, target, ports);
  const names = publicNames(route.policy);

  return async (context): Promise<EdgeResponse> => {
    const format = rpcFormat(context)!;
    const streams = format.protocol.streams!;
    const stream = open(context, clientDeadline(context, format, ports));
    const uploaded = upload?.(context, stream, format);
    if (uploaded === undefined) {
      stream.send(transcoder.toWire(context.message!));
      stream.end();
    }
    const broken = (error: unknown): unknown => uploaded?.failure ?? failureOf(error);
    try {
      const headers = await within(context.remainingMs(ports.clock), ports.clock, stream.headers);
      const end: CallEnd = { failure: null, trailers: [] };
      const body = Readable.from(pump(context, stream, format, end, broken), { objectMode: false });
      // A reader that leaves while the service is silent would otherwise only be noticed with its next message.
      body.once('close', () => stream.cancel());
      return {
        status: 200,
        headers: [...streams.head(format.codec), ...publicMetadata(headers, names)],
        body,
        ...(format.protocol.name === 'grpc' && { trailers: () => end.trailers }),
        failure: () => end.failure,
      };
    } catch (error) {
      stream.cancel();
      throw broken(error);
    }
  };
}

/** Milliseconds that the client gives the call as a whole; undefined: it doesn't say. */
function clientDeadline(
  context: RequestContext,
  { protocol }: RpcFormat,
  { clock }: RpcStreamPorts,
): number | undefined {
  const timeoutMs = protocol.timeoutMs(context.headers);
  return Number.isFinite(timeoutMs) ? Math.max(1, context.startedAt + timeoutMs - clock.monotonic()) : undefined;
}

type Pump = (
  context: RequestContext,
  stream: GrpcStream,
  format: RpcFormat,
  end: CallEnd,
  broken: (error: unknown) => unknown,
) => AsyncGenerator<Buffer>;

/** What makes the body of an answer: the service's messages, and how the call ended. */
function answerPump(route: Route, { transcoder, method }: GrpcTarget, ports: RpcStreamPorts): Pump {
  const check = responseCheck(route, ports);
  const isRead = check !== null || route.policy.emits.length > 0;
  const names = publicNames(route.policy);

  const read = (context: RequestContext, bytes: Buffer): Message => {
    const message = transcoder.fromWire(bytes);
    context.responseMessage = message;
    check?.(context, message);
    return message;
  };
  return async function* (context, stream, { protocol, codec }, end, broken) {
    const streams: StreamProtocol = protocol.streams!;
    try {
      for await (const bytes of stream.messages) {
        // Binary messages pass as they came, unless somebody looks into them.
        const message = isRead || codec === 'json' ? read(context, bytes) : null;
        yield streams.message(codec === 'json' ? transcoder.encode(message!) : bytes);
      }
      await context.atStreamEnd?.();
    } catch (error) {
      end.failure = context.error = asGatewayError(broken(error));
    }
    const status = end.failure === null ? null : rpcStatusOf(end.failure, method.input);
    const last = streams.end(status, publicMetadata(stream.trailers(), names));
    if (last.trailers !== null) end.trailers = last.trailers;
    if (last.frame !== null) yield last.frame;
  };
}
