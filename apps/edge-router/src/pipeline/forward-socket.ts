import { GatewayError } from '@gateway/errors';
import { type EdgeResponse, getHeader } from '@gateway/pipeline';
import { type ClientMessages, SocketCall } from '../streaming/socket-call';
import { SocketServer } from '../streaming/web-socket';
import { clientMessages } from './client-messages';
import type { RequestContext } from './context';
import { failed, streamOpener } from './forward-stream';
import type { UploadPorts } from './forward-upload';
import type { GrpcTarget, Route } from './route';
import { routeCors } from './route-cors';
import { serviceErrors } from './service-errors';
import { ServiceMessages } from './service-messages';
import type { RouteHandler } from './stage';
import { responseCheck } from './stages/validate-response';

/** The end of the pipeline for a streaming method over WebSocket: a text frame is a message, each way. */
export function forwardSocket(route: Route, target: GrpcTarget, ports: UploadPorts): RouteHandler {
  const { transcoder, streaming } = target;
  const server = new SocketServer(Number(route.policy.maxBodyBytes ?? ports.bodyLimit));
  const open = streamOpener(route, target, ports);
  const messagesOf = clientMessages(route, target, ports);
  const reading = { transcoder, failureOf: serviceErrors(route, target), check: responseCheck(route, ports) };
  const checkOrigin = originCheck(route);
  const expected: ClientMessages = streaming?.client === true ? 'any' : transcoder.readsBody ? 'one' : 'none';
  return (context): EdgeResponse => {
    checkOrigin(context);
    const { socket, tunnel, headers } = server.accept(context.headers);
    const stream = openOrClose(
      () => open(context),
      () => socket.terminate(),
    );
    if (context.message !== null) {
      stream.send(transcoder.toWire(context.message));
      stream.end();
    }
    const call = new SocketCall({
      ...{ socket, stream, clock: ports.clock, clientMessages: expected },
      source: new ServiceMessages(stream, context, reading),
      toWire: messagesOf(context),
      write: (message) => transcoder.encode(message),
      onFailure: (failure) => void failed(context, failure),
    });
    return { status: 101, headers, body: null, tunnel, failure: () => call.failure };
  };
}

function openOrClose<T>(open: () => T, close: () => void): T {
  try {
    return open();
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * What keeps the pages of strangers out: a browser sends its cookies to whoever a page connects to, and tells by Origin
 * whose page it is (RFC 6455 §10.2). Others than browsers send none.
 */
function originCheck(route: Route): (context: RequestContext) => void {
  const cors = routeCors(route);
  if (cors === null) return () => undefined;
  return ({ headers }) => {
    const origin = getHeader(headers, 'origin');
    if (origin !== undefined && !cors.allows(origin))
      throw new GatewayError('GW_FORBIDDEN', { detail: 'Pages of that origin may not connect' });
  };
}
