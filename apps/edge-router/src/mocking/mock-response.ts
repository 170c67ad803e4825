import { type Message, toBinary } from '@bufbuild/protobuf';
import type { EdgeResponse } from '@gateway/pipeline';
import type { RequestContext } from '../pipeline/context';
import { streamFormats } from '../pipeline/forward-stream';
import type { MockedRoute } from './mock-switches';

/** Writes answers as a route's clients read them. At least one; of a unary method the first one counts. */
export type WriteMessages = (
  context: RequestContext,
  messages: readonly Message[],
  headers: readonly string[],
) => EdgeResponse | Promise<EdgeResponse>;

/** How a route's answers are written. The body is a whole one. */
export const messageWriter = ({ target }: MockedRoute): WriteMessages =>
  target.streaming?.server === true ? streamWriter(target) : unaryWriter(target);

function unaryWriter({ front, method, transcoder }: MockedRoute['target']): WriteMessages {
  return (context, [message], headers) => {
    context.responseMessage = message!;
    // The stage `speak` puts it into the client's protocol.
    if (front === 'rpc')
      return { status: 200, headers: [...headers], body: Buffer.from(toBinary(method.output, message!)) };
    return {
      status: 200,
      // No cache may take it for the service's answer, neither ours nor one on the way.
      headers: ['content-type', transcoder.contentTypeOf(message!), 'cache-control', 'no-store', ...headers],
      body: transcoder.encode(message!),
    };
  };
}

function streamWriter(target: MockedRoute['target']): WriteMessages {
  const formatFor = streamFormats(target);
  return async (context, messages, headers) => {
    const format = formatFor(context);
    const parts = messages.map((message, index) => format.message(message, index + 1));
    context.responseMessage = messages.at(-1)!;
    await context.atStreamEnd?.();
    return {
      status: 200,
      headers: [...format.headers(messages[0]!), ...headers],
      body: Buffer.concat(format.opening === null ? parts : [format.opening, ...parts]),
    };
  };
}
