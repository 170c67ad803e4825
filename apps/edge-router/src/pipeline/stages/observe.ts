import type { Clock } from '@gateway/clock';
import { getHeader, type ResponseEnd, setHeader } from '@gateway/pipeline';
import { childOf, formatTraceparent, parseTraceparent } from '@gateway/telemetry';
import type { RequestContext } from '../context';
import type { Route } from '../route';
import type { RouteStage } from '../stage';
import { whenDone } from '../when-done';
import type { Settings } from '../settings';

/** How an exchange ended. */
export interface Outcome extends ResponseEnd {
  readonly status: number;
  /** From the request's head to the response's last byte. */
  readonly durationMs: number;
}

/** Counts and logs the requests of one route. Must be quick and must not throw. */
export interface RouteObserver {
  started(): void;
  ended(context: RequestContext, outcome: Outcome): void;
}

/** What observe needs. */
export interface ObservePorts {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Binds metrics and log fields to a route. */
  readonly observerFor: (route: Route) => RouteObserver;
}

/** Counts, logs and traces every outcome, rescued ones too. A request ends with the last byte of its response. */
export function observe(route: Route, { clock, observerFor }: ObservePorts): RouteStage {
  const observer = observerFor(route);
  return (next) => (context) => {
    context.trace = childOf(parseTraceparent(getHeader(context.headers, 'traceparent')));
    observer.started();
    return whenDone(next(context), (response) => {
      setHeader(response.headers, 'x-request-id', context.requestId);
      setHeader(response.headers, 'traceresponse', formatTraceparent(context.trace!));
      const { onEnd } = response;
      response.onEnd = (end) => {
        onEnd?.(end);
        observer.ended(context, {
          ...end,
          // Of protocols that answer everything with 200, the status that a REST client would have got.
          status: context.error?.definition.status ?? response.status,
          durationMs: clock.monotonic() - context.startedAt,
        });
      };
      return response;
    });
  };
}

/** What its requests are counted and logged as. */
export const describeObserve = ({ id }: Route): Settings => ({ route: id });
