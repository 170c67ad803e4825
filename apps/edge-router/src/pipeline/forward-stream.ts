import type { DescMessage } from '@bufbuild/protobuf';
import type { Clock } from '@gateway/clock';
import { type GatewayError, toProblem } from '@gateway/errors';
import type { GrpcStream, StreamOptions } from '@gateway/grpc-pool';
import { type EdgeResponse, getHeader } from '@gateway/pipeline';
import { MessageBody } from '../streaming/message-body';
import { eventStream, jsonLines, rawContent, type StreamFormat } from '../streaming/stream-format';
import { wantsEvents } from '../streaming/wants-events';
import { within } from '../streaming/within';
import type { Endpoint } from '../upstreams/endpoint';
import { answerHeaders, callMetadata } from './call-metadata';
import type { RequestContext } from './context';
import type { GrpcTarget, Route } from './route';
import { type MessageReading, ServiceMessages } from './service-messages';
import { serviceErrors } from './service-errors';
import type { RouteHandler } from './stage';
import type { ValidatePorts } from './stages/validate';
import { responseCheck } from './stages/validate-response';

/** Who calls streaming methods. */
export interface GrpcStreamCaller {
  /** @throws GrpcCallError when the endpoint can't be reached */
  stream(endpoint: Endpoint, path: string, options: StreamOptions): GrpcStream;
}

/** What forwarding to a streaming method needs. */
export interface StreamForwardPorts extends ValidatePorts {
  readonly clock: Pick<Clock, 'monotonic' | 'after' | 'every'>;
  readonly grpc: GrpcStreamCaller;
}

/** The end of the pipeline for a method whose service streams: one request, and its messages as they come. */
export function forwardStream(route: Route, target: GrpcTarget, ports: StreamForwardPorts): RouteHandler {
  const { transcoder } = target;
  const open = streamOpener(route, target, ports);
  const answer = messageAnswer(route, target, ports);
  return (context) => {
    const stream = open(context);
    stream.send(transcoder.toWire(context.message!));
    stream.end();
    return answer(context, stream);
  };
}

/** What begins a route's calls. They have no deadline of their own: it ends with the first message. */
export function streamOpener(
  route: Route,
  target: GrpcTarget,
  { grpc }: StreamForwardPorts,
): (context: RequestContext) => GrpcStream {
  const { path } = target;
  const metadataOf = callMetadata(route.policy);
  const failureOf = serviceErrors(route, target);
  return (context) => {
    try {
      const onCancel = (listener: () => void): void => context.onCancel(listener);
      return grpc.stream(context.endpoint!, path, { metadata: metadataOf(context), onCancel });
    } catch (error) {
      throw failureOf(error);
    }
  };
}

type Answer = (context: RequestContext, stream: GrpcStream) => Promise<EdgeResponse>;

/**
 * What answers with a call's messages. The head leaves with the first message: what fails before is answered like any other
 * failure.
 */
export function messageAnswer(route: Route, target: GrpcTarget, ports: StreamForwardPorts): Answer {
  const failureOf = serviceErrors(route, target);
  const reading: MessageReading = { transcoder: target.transcoder, failureOf, check: responseCheck(route, ports) };
  const formatFor = streamFormats(target);
  const passed = answerHeaders(route.policy);
  return async (context, stream) => {
    const source = new ServiceMessages(stream, context, reading);
    try {
      const first = await within(context.remainingMs(ports.clock), ports.clock, source.next());
      const format = formatFor(context);
      const problemOf = (failure: GatewayError) => {
        context.error = failure;
        return toProblem(failure, { instance: context.path, requestId: context.requestId });
      };
      const body = new MessageBody({ first, source, format, clock: ports.clock, problemOf });
      // With the first message the headers are there.
      const headers = [...format.headers(first), ...passed(await stream.headers)];
      return { status: 200, headers, body, failure: () => body.failure };
    } catch (error) {
      stream.cancel();
      throw error;
    }
  };
}

/** The forms that a route's stream has. */
export function streamFormats({ method, transcoder, binding }: GrpcTarget): (context: RequestContext) => StreamFormat {
  const write = transcoder.encode.bind(transcoder);
  if (answersContent(method.output, binding)) {
    const content = rawContent(write, (message) => transcoder.contentTypeOf(message));
    return () => content;
  }
  const [lines, events] = [jsonLines(write), eventStream(write)];
  return ({ headers }) => (wantsEvents(getHeader(headers, 'accept')) ? events : lines);
}

const CONTENT = 'google.api.HttpBody';

/** Whether the answers are content rather than JSON. */
function answersContent(output: DescMessage, { responseBody }: GrpcTarget['binding']): boolean {
  if (responseBody === '') return output.typeName === CONTENT;
  const field = output.fields.find(({ name, jsonName }) => name === responseBody || jsonName === responseBody);
  return field?.message?.typeName === CONTENT;
}
