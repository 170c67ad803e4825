import type { Message } from '@bufbuild/protobuf';
import type { Clock } from '@gateway/clock';
import { GatewayError } from '@gateway/errors';
import { getHeader } from '@gateway/pipeline';
import { decodeCapture } from '@gateway/route-table';
import { readBody, refuseTooLong } from './body';
import type { RequestContext } from './context';
import type { Route } from './route';
import { whenDone } from './when-done';

/** What making a request message needs. */
export interface MessagePorts {
  readonly clock: Clock;
  /** Largest body of a transcoded call whose policy doesn't say, in bytes. */
  readonly bodyLimit: number;
}

const JSON_TYPE = /^application\/(?:[a-z0-9.!#$&^_-]+\+)?json[ \t]*(?:;|$)/i;

/**
 * What makes the request message of a gRPC route from path, query and body, once: whoever asks again gets the same.
 * @throws when called, GatewayError GW_UNSUPPORTED_MEDIA_TYPE, GW_BODY_TOO_LARGE, GW_REQUEST_TIMEOUT, and those of
 *   Transcoder.decode
 */
export function requestMessage(
  route: Route,
  ports: MessagePorts,
): (context: RequestContext) => Message | Promise<Message> {
  const { target, template, policy } = route;
  if (target.kind !== 'grpc') throw new TypeError(`${route.id} has no request message`);
  const { transcoder } = target;
  const limit = Number(policy.maxBodyBytes ?? ports.bodyLimit);

  const decode = (context: RequestContext, body: Buffer | null): Message => {
    const pathValues = template.variables.map((variable, index) => decodeCapture(variable, context.captures[index]!));
    return (context.message = transcoder.decode({ pathValues, query: context.query, body }));
  };
  return (context) => {
    if (context.message !== null) return context.message;
    if (!transcoder.readsBody) return decode(context, null);
    checkHeaders(context, limit);
    const timeoutMs = context.remainingMs(ports.clock);
    const body = readBody(context.takeBody(), { limit, timeoutMs, clock: ports.clock });
    return whenDone<Buffer | null, Message>(body, (bytes) => decode(context, bytes));
  };
}

function checkHeaders({ headers, request }: RequestContext, limit: number): void {
  refuseTooLong(getHeader(headers, 'content-length'), limit);
  const type = getHeader(headers, 'content-type');
  // Without a type it is taken for JSON: the recipient may (RFC 9110 §8.3).
  if (request.body !== null && type !== undefined && !JSON_TYPE.test(type))
    throw new GatewayError('GW_UNSUPPORTED_MEDIA_TYPE', { detail: 'The body must be application/json' });
}
