import type { Logger } from '@gateway/telemetry';
import type { RequestContext } from '../pipeline/context';
import type { Route } from '../pipeline/route';
import type { Outcome, RouteObserver } from '../pipeline/stages/observe';
import type { RequestMetrics } from './request-metrics';

/** Makes what counts and logs the requests of a route: one access-log line each, and the cause of what went wrong. */
export function observerFor(metrics: RequestMetrics, logger: Logger): (route: Route) => RouteObserver {
  return ({ id }) => {
    const { started, ended } = metrics.forRoute(id);
    return {
      started,
      ended: (context, outcome) => {
        ended(outcome.status, outcome.durationMs / 1_000);
        if (outcome.status >= 500) logger.warn({ ...lineOf(id, context, outcome), err: causeOf(context) }, 'request');
        else if (logger.isLevelEnabled('info')) logger.info(lineOf(id, context, outcome), 'request');
      },
    };
  };
}

/** Without the query: it may hold what nobody should read in a log. */
function lineOf(route: string, context: RequestContext, { status, durationMs, bytes, complete }: Outcome): object {
  const { request, requestId, trace, path, clientAddress, principal, endpoint, error, cacheStatus } = context;
  return {
    requestId,
    traceId: trace?.traceId,
    method: request.method,
    path: path || request.target.split('?', 1)[0],
    route,
    status,
    durationMs: Math.round(durationMs * 100) / 100,
    bytes,
    complete: complete ? undefined : false,
    client: clientAddress,
    user: principal?.subject,
    endpoint: endpoint?.address,
    cache: cacheStatus ?? undefined,
    error: error?.code,
  };
}

const causeOf = ({ error }: RequestContext): unknown => error?.context.cause ?? error?.message;
