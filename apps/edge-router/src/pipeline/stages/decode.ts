import { type MessagePorts, requestMessage } from '../request-message';
import type { GrpcTarget, Route } from '../route';
import type { RouteStage } from '../stage';
import { whenDone } from '../when-done';
import type { RequestContext } from '../context';
import type { Settings } from '../settings';

/** Makes the request message from path, query and body, unless authorize had to. */
export function decode(route: Route, ports: MessagePorts): RouteStage | null {
  // A client that streams says what it has to say while the call runs.
  if (route.target.kind !== 'grpc' || route.target.streaming?.client === true) return null;
  const message = requestMessage(route, ports);
  // Over a WebSocket what would be the body is the first message; what has to know it before refuses the upgrade.
  const comesLater = route.target.streaming !== undefined && route.target.transcoder.readsBody && !needsFields(route);
  return (next) => (context) =>
    comesLater && context.isTunnel ? next(context) : whenDone(message(context), () => next(context));
}

/** What the message is made of. */
export function describeDecode(
  { target, template, policy }: Route,
  _context: RequestContext,
  { bodyLimit }: MessagePorts,
): Settings {
  const { method, binding } = target as GrpcTarget;
  return {
    message: method.input.typeName,
    fromPath: template.variables.map(({ path }) => path.join('.')),
    fromBody: binding.body,
    maxBodyBytes: Number(policy.maxBodyBytes ?? bodyLimit),
  };
}
/** Whether limits below count by what the message says. */
const needsFields = ({ policy }: Route): boolean =>
  policy.rateLimits.some(({ by }) => by.some((part) => part.startsWith('field:')));
