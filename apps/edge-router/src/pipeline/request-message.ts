import type { Message } from '@bufbuild/protobuf';
import type { Clock } from '@gateway/clock';
import { GatewayError } from '@gateway/errors';
import { getHeader } from '@gateway/pipeline';
import { decodeCapture } from '@gateway/route-table';
import type { Transcoder } from '@gateway/transcoding';
import { readBody, refuseTooLong } from './body';
import type { RequestContext } from './context';
import type { Route } from './route';
import { rpcRequest } from './rpc/rpc-request';
import { whenDone } from './when-done';

/** What making a request message needs. */
export interface MessagePorts {
  readonly clock: Clock;
  /** Largest body of a transcoded call whose policy doesn't say, in bytes. */
  readonly bodyLimit: number;
}

/**
 * What makes the request message of a gRPC route from path, query and body, once: whoever asks again gets the same.
 * @throws when called, GatewayError GW_UNSUPPORTED_MEDIA_TYPE, GW_BODY_TOO_LARGE, GW_REQUEST_TIMEOUT, and those of
 *   Transcoder.decode
 */
export function requestMessage(route: Route, ports: MessagePorts): Make {
  const { target, policy } = route;
  if (target.kind !== 'grpc') throw new TypeError(`${route.id} has no request message`);
  const { transcoder } = target;
  const limit = Number(policy.maxBodyBytes ?? ports.bodyLimit);
  if (target.front === 'rpc') return once(rpcRequest(target, ports, limit));

  const decode = (context: RequestContext, body: Buffer | null): Message => {
    const pathValues = pathValuesOf(route, context);
    const contentType = getHeader(context.headers, 'content-type');
    return (context.message = transcoder.decode({ pathValues, query: context.query, body, contentType }));
  };
  return once((context) => {
    if (!transcoder.readsBody) return decode(context, null);
    if (context.isTunnel)
      throw new GatewayError('GW_BAD_REQUEST', {
        detail: 'The route has to know its message before it can be upgraded',
      });
    refuseTooLong(getHeader(context.headers, 'content-length'), limit);
    checkType(context, transcoder, 'application/json, in UTF-8');
    const timeoutMs = context.remainingMs(ports.clock);
    const body = readBody(context.takeBody(), { limit, timeoutMs, clock: ports.clock });
    return whenDone<Buffer | null, Message>(body, (bytes) => decode(context, bytes));
  });
}

type Make = (context: RequestContext) => Message | Promise<Message>;

/** Whoever asks again gets the same. */
const once =
  (make: Make): Make =>
  (context) =>
    context.message ?? make(context);

/** The values of the path's variables, decoded. */
export const pathValuesOf = ({ template }: Route, { captures }: RequestContext): (string | null)[] =>
  template.variables.map((variable, index) => decodeCapture(variable, captures[index]!));

/**
 * Refuses a body that can't be read.
 * @param wanted what is accepted, for people
 * @throws GatewayError GW_UNSUPPORTED_MEDIA_TYPE
 */
export function checkType(
  { headers, request }: RequestContext,
  { accepts }: Pick<Transcoder, 'accepts'>,
  wanted: string,
): void {
  if (request.body === null) return;
  const type = getHeader(headers, 'content-type');
  // Without a type it is taken for the right one: the recipient may (RFC 9110 §8.3).
  if (type !== undefined && !accepts(type))
    throw new GatewayError('GW_UNSUPPORTED_MEDIA_TYPE', { detail: `The body must be ${wanted}` });
  // RFC 9110 §15.5.16: a coding that isn't undone here would be read as broken JSON, or handed on without its name.
  const coding = getHeader(headers, 'content-encoding')?.trim().toLowerCase();
  if (coding !== undefined && coding !== 'identity')
    throw new GatewayError('GW_UNSUPPORTED_MEDIA_TYPE', {
      detail: 'The body must not be compressed',
      headers: ['accept-encoding', 'identity'],
    });
}
