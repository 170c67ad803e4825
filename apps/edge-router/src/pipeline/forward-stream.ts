import type { DescField, DescMessage, Message } from '@bufbuild/protobuf';
import type { Clock } from '@gateway/clock';
import { GatewayError, type Problem, toProblem } from '@gateway/errors';
import type { GrpcStream, StreamOptions } from '@gateway/grpc-pool';
import { type EdgeResponse, getHeader, type HeaderList, removeHeader } from '@gateway/pipeline';
import { MessageBody } from '../streaming/message-body';
import { eventStream, jsonLines, rawContent, type StreamFormat } from '../streaming/stream-format';
import type { Upload } from '../streaming/upload';
import { wantsEvents } from '../streaming/wants-events';
import { within } from '../streaming/within';
import type { Endpoint } from '../upstreams/endpoint';
import { answerHeaders, callMetadata } from './call-metadata';
import type { RequestContext } from './context';
import { countedFrom, lastEventOf, tellLastEvent } from './last-event';
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

/** Begins a call. @param deadlineMs for the call as a whole; absent: none */
export type OpenStream = (context: RequestContext, deadlineMs?: number) => GrpcStream;

/** What forwarding to a streaming method needs. */
export interface StreamForwardPorts extends ValidatePorts {
  readonly clock: Pick<Clock, 'monotonic' | 'after' | 'every'>;
  readonly grpc: GrpcStreamCaller;
  /** Who plays the service; absent: the endpoint that was chosen answers. */
  readonly openStream?: OpenStream;
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

/**
 * What begins a route's calls. They have no deadline of their own, unless the client wants one: the route's ends with the
 * first message.
 */
export function streamOpener(route: Route, target: GrpcTarget, { grpc, openStream }: StreamForwardPorts): OpenStream {
  if (openStream !== undefined) return openStream;
  const { path } = target;
  const metadataOf = callMetadata(route.policy);
  const failureOf = serviceErrors(route, target);
  return (context, deadlineMs) => {
    try {
      const onCancel = (listener: () => void): void => context.onCancel(listener);
      const stream = grpc.stream(context.endpoint!, path, {
        metadata: tellLastEvent(metadataOf(context), context),
        onCancel,
        deadlineMs,
      });
      return context.listenTo === null ? stream : context.listenTo(context, stream);
    } catch (error) {
      throw failureOf(error);
    }
  };
}

/** What a client that streams is saying meanwhile. */
export interface Speech {
  readonly upload: Upload;
  /** Resolves when it has said everything. */
  readonly said: Promise<void>;
}

type Answer = (context: RequestContext, stream: GrpcStream, speech?: Speech) => Promise<EdgeResponse>;

/**
 * What answers with a call's messages. The head leaves with the first message: what fails before is answered like any other
 * failure.
 */
export function messageAnswer(route: Route, target: GrpcTarget, ports: StreamForwardPorts): Answer {
  const failureOf = serviceErrors(route, target);
  const reading: MessageReading = { transcoder: target.transcoder, failureOf, check: responseCheck(route, ports) };
  const formatFor = streamFormats(target);
  const passed = answerHeaders(route.policy);
  const { clock } = ports;
  return async (context, stream, speech) => {
    const source = new ServiceMessages(stream, context, reading, speech?.upload);
    try {
      const first = await within(timeFor(route, context, clock, speech), clock, source.next(), speech?.said);
      const format = formatFor(context);
      // With the first message the headers are there.
      const metadata = await stream.headers;
      const headers = [...format.headers(first), ...passed(metadata)];
      // A browser would ask for ever for what has ended: this has it stop.
      if (first === null && lastEventOf(context) !== null) return noMore(headers);
      const parts = { first, source, format, clock, counted: countedFrom(metadata, context) };
      const body = new MessageBody({ ...parts, problemOf: (failure) => failed(context, failure) });
      return { status: 200, headers, body, failure: () => body.failure };
    } catch (error) {
      source.cancel();
      throw error;
    }
  };
}

function noMore(headers: HeaderList): EdgeResponse {
  removeHeader(headers, 'content-type');
  return { status: 204, headers, body: null };
}

/** What answers with the one message that a service has for a client that streams. */
export function singleAnswer(route: Route, target: GrpcTarget, { clock }: StreamForwardPorts): Answer {
  const { transcoder } = target;
  const reading: MessageReading = { transcoder, failureOf: serviceErrors(route, target), check: null };
  const passed = answerHeaders(route.policy);
  return async (context, stream, speech) => {
    const source = new ServiceMessages(stream, context, reading, speech?.upload);
    try {
      const message = await within(timeFor(route, context, clock, speech), clock, only(source), speech?.said);
      const headers = ['content-type', transcoder.contentTypeOf(message), ...passed(await stream.headers)];
      return { status: 200, headers, body: transcoder.encode(message) };
    } catch (error) {
      source.cancel();
      throw error;
    }
  };
}

async function only(source: ServiceMessages): Promise<Message> {
  const message = await source.next();
  if (message === null || (await source.next()) !== null)
    throw new GatewayError('GW_UPSTREAM_PROTOCOL', { cause: 'not one message, but none or several' });
  return message;
}

/** Milliseconds for the first message. A long upload isn't a slow answer: the time counts from its end. */
const timeFor = (route: Route, context: RequestContext, clock: StreamForwardPorts['clock'], speech?: Speech): number =>
  speech === undefined ? context.remainingMs(clock) : route.timeoutMs;

/** What the client is told, and the log, of what fails behind the head. */
export function failed(context: RequestContext, failure: GatewayError): Problem {
  context.error = failure;
  return toProblem(failure, { instance: context.path, requestId: context.requestId });
}

/** The forms that a route's stream has. */
function streamFormats({ method, transcoder, binding }: GrpcTarget): (context: RequestContext) => StreamFormat {
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
  const isBody = ({ name, jsonName }: DescField): boolean => [name, jsonName].includes(responseBody);
  return output.fields.some((field) => isBody(field) && field.message?.typeName === CONTENT);
}
