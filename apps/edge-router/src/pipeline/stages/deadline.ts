import type { RequestContext } from '../context';
import { isRpc, type Route } from '../route';
import { rpcFormat } from '../rpc/rpc-format';
import type { RouteStage } from '../stage';
import type { Settings } from '../settings';

/**
 * Sets the one deadline of everything below. Nobody watches it from here: whoever waits for something waits no longer
 * than that, and the upstream is told (`grpc-timeout`). An RPC client may want it earlier than the route allows, not later.
 */
export function deadline(route: Route): RouteStage | null {
  const { timeoutMs } = route;
  if (isRpc(route))
    return (next) => (context) => {
      context.deadlineAt = context.startedAt + Math.min(timeoutMs, clientTimeoutMs(context));
      return next(context);
    };
  if (timeoutMs === Number.POSITIVE_INFINITY) return null;
  return (next) => (context) => {
    // A tunnel lives as long as its two ends like.
    if (!context.isTunnel) context.deadlineAt = context.startedAt + timeoutMs;
    return next(context);
  };
}

/** How long a call may take. */
export const describeDeadline = ({ timeoutMs, policy }: Route): Settings => ({
  timeoutMs,
  from: policy.timeout === undefined ? 'default' : 'policy.timeout',
});

const clientTimeoutMs = (context: RequestContext): number =>
  rpcFormat(context)?.protocol.timeoutMs(context.headers) ?? Number.POSITIVE_INFINITY;
