import { getHeader } from '@gateway/pipeline';
import type { ToWire } from '../streaming/upload';
import type { RequestContext } from './context';
import { pathValuesOf } from './request-message';
import type { GrpcTarget, Route } from './route';
import { requestCheck, type ValidatePorts } from './stages/validate';

/**
 * What makes the messages of a client that streams: each is what a body is to a unary call, and gets the fields of path and
 * query as that does.
 */
export function clientMessages(
  route: Route,
  { transcoder, streaming }: GrpcTarget,
  ports: ValidatePorts,
): (context: RequestContext) => ToWire {
  const check = requestCheck(route, ports);
  return (context) => {
    const pathValues = pathValuesOf(route, context);
    const contentType = getHeader(context.headers, 'content-type');
    const { query } = context;
    return (said) => {
      const message = transcoder.decode({ pathValues, query, body: said, contentType });
      check?.(context, message);
      // The only one is the request's.
      if (streaming?.client !== true) context.message = message;
      return transcoder.toWire(message);
    };
  };
}
