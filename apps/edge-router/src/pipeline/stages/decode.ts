import { type MessagePorts, requestMessage } from '../request-message';
import type { Route } from '../route';
import type { RouteStage } from '../stage';
import { whenDone } from '../when-done';

/** Makes the request message from path, query and body, unless authorize had to. */
export function decode(route: Route, ports: MessagePorts): RouteStage | null {
  // A client that streams says what it has to say while the call runs.
  if (route.target.kind !== 'grpc' || route.target.streaming?.client === true) return null;
  const message = requestMessage(route, ports);
  return (next) => (context) => whenDone(message(context), () => next(context));
}
