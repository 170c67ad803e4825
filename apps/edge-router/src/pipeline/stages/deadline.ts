import type { Route } from '../route';
import type { RouteStage } from '../stage';
import type { Settings } from '../settings';

/**
 * Sets the one deadline of everything below. Nobody watches it from here: whoever waits for something waits no longer
 * than that, and the upstream is told (`grpc-timeout`).
 */
export function deadline({ timeoutMs }: Route): RouteStage | null {
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
