import type { Clock } from '@gateway/clock';
import type { EdgeResponse } from '@gateway/pipeline';
import { backoffMs, type LatencyQuantile, type RetryBudget } from '@gateway/resilience';
import { type AttemptFailure, failureOfError, failureOfResponse, type RetryReason } from '../attempt-failure';
import type { RequestContext } from '../context';
import { discardResponse } from '../discard-response';
import { hedge } from '../hedge';
import { pause } from '../pause';
import { canReplay, type HedgePlan, type RetryPlan, retryPlan } from '../retry-plan';
import { isForwarded, type Route, type UpstreamTarget } from '../route';
import type { RouteHandler, RouteStage } from '../stage';
import type { Settings } from '../settings';

/** Counts further attempts at one service; bound to its labels. */
export interface RetryMetrics {
  retried(reason: RetryReason): void;
  /** There was no room in the budget. */
  exhausted(): void;
  /** Attempts ran beside each other. @param won whether a later one was the first to answer */
  hedged(won: boolean): void;
}

/** What retries need. */
export interface RetryPorts {
  readonly clock: Pick<Clock, 'now' | 'monotonic' | 'after'>;
  readonly random: () => number;
  readonly budgetFor: (service: string) => RetryBudget;
  /** The latency of a route's first attempts. */
  readonly latencyFor: (route: Route) => LatencyQuantile;
  /** How many endpoints a service has. */
  readonly endpointCount: (service: string) => number;
  readonly retryMetricsFor: (service: string) => RetryMetrics;
}

/**
 * Repeats what failed, when that is safe: the service certainly didn't process the request, or processing it twice does no
 * more than once; and when the whole of it can be sent again. Each attempt runs the stages below anew, elsewhere if it can.
 */
export function retry(route: Route, ports: RetryPorts): RouteStage | null {
  const { target } = route;
  if (!isForwarded(target)) return null;
  const plan = retryPlan(route, target);
  if (plan.maxRetries === 0 && plan.hedge === null) return null;
  const attempts = new Attempts(plan, target.service, ports);
  const latency = ports.latencyFor(route);
  return (next) => {
    const attempt = attempts.attempt(next, latency);
    return (context) => attempts.run(context, attempt);
  };
}

/** How the requests of one route are attempted. */
class Attempts {
  private readonly budget: RetryBudget;
  private readonly metrics: RetryMetrics;

  constructor(
    private readonly plan: RetryPlan,
    private readonly service: string,
    private readonly ports: RetryPorts,
  ) {
    this.budget = ports.budgetFor(service);
    this.metrics = ports.retryMetricsFor(service);
  }

  async run(context: RequestContext, attempt: RouteHandler): Promise<EdgeResponse> {
    const { deadlineAt } = context;
    let response: EdgeResponse | null = null;
    let error: unknown = null;
    let failure: AttemptFailure | null = null;
    let retries = 0;
    this.budget.started();
    try {
      do {
        const charged = failure !== null && !failure.unprocessed;
        response = error = null;
        try {
          response = await attempt(context);
          if (!this.plan.statuses.has(response.status)) return response;
        } catch (thrown) {
          error = thrown;
        } finally {
          context.deadlineAt = deadlineAt;
          if (charged) this.budget.retryEnded();
        }
        failure = this.failureOf(response, error);
      } while (failure !== null && (await this.prepare(context, failure, response, retries++)));
      return passOn(response, error);
    } finally {
      this.budget.ended();
    }
  }

  /** One attempt, within its own time; beside it others start while it is slow, where policy and request allow that. */
  attempt(next: RouteHandler, latency: LatencyQuantile): RouteHandler {
    const { plan } = this;
    const once = this.timed(next);
    if (plan.hedge === null) return once;
    const racing = this.hedged(plan.hedge, once, latency);
    return (context) =>
      !context.isTunnel && plan.isRepeatable(context) && canReplay(context) ? racing(context) : once(context);
  }

  private timed(next: RouteHandler): RouteHandler {
    const { perTryMs } = this.plan;
    if (perTryMs === Number.POSITIVE_INFINITY) return next;
    return (context) => {
      context.deadlineAt = Math.min(context.deadlineAt, this.ports.clock.monotonic() + perTryMs);
      return next(context);
    };
  }

  private hedged(plan: HedgePlan, next: RouteHandler, latency: LatencyQuantile): RouteHandler {
    const ports = {
      clock: this.ports.clock,
      plan,
      latency,
      hasAnother: (tried: number) => this.hasAnother(tried),
      tryEnter: () => this.tryCharge(),
      leave: () => this.budget.retryEnded(),
      isFailure: ({ status }: EdgeResponse) => this.plan.statuses.has(status),
      raced: (won: boolean) => this.metrics.hedged(won),
    };
    return hedge(ports, next);
  }

  /** Whether the service has more endpoints than were tried. */
  private hasAnother(tried: number): boolean {
    return this.ports.endpointCount(this.service) > tried;
  }

  private failureOf(response: EdgeResponse | null, error: unknown): AttemptFailure | null {
    const { statuses } = this.plan;
    return response === null
      ? failureOfError(error, statuses)
      : failureOfResponse(response, statuses, () => this.ports.clock.now());
  }

  /** Gets ready for another attempt. @returns false: there is none, and nothing has been done */
  private async prepare(
    context: RequestContext,
    failure: AttemptFailure,
    response: EdgeResponse | null,
    retries: number,
  ): Promise<boolean> {
    const waitMs = this.waitBefore(failure, retries, context);
    if (waitMs === null || !(failure.unprocessed || this.tryCharge())) return false;
    this.metrics.retried(failure.reason);
    if (response !== null) discardResponse(response);
    // What fails has been somewhere: that there is nowhere to go isn't worth another attempt.
    context.avoid = [...context.avoid, context.endpoint!];
    if (waitMs > 0) await pause(waitMs, context, this.ports.clock);
    return true;
  }

  /** Milliseconds to wait before the next attempt; null: there is none. */
  private waitBefore(
    { unprocessed, elsewhere, waitMs }: AttemptFailure,
    retries: number,
    context: RequestContext,
  ): number | null {
    const { maxRetries, backoff, isRepeatable } = this.plan;
    if (retries >= maxRetries || !canReplay(context) || !(unprocessed || isRepeatable(context))) return null;
    if (elsewhere && !this.hasAnother(context.avoid.length + 1)) return null;
    // Who asks for more than we are ready to wait is passed on: the client may be ready.
    if (waitMs !== null && waitMs > backoff.maxMs) return null;
    const wait = waitMs ?? backoffMs(backoff, retries, this.ports.random);
    return this.ports.clock.monotonic() + wait < context.deadlineAt ? wait : null;
  }

  /** What was certainly not processed isn't charged, and repeating it puts no load on the service. */
  private tryCharge(): boolean {
    if (this.budget.tryRetry(this.plan.budgetPercent)) return true;
    this.metrics.exhausted();
    return false;
  }
}

function passOn(response: EdgeResponse | null, error: unknown): EdgeResponse {
  if (response === null) throw error;
  return response;
}

/** When a failed attempt is repeated. */
export function describeRetry(route: Route, context: RequestContext): Settings {
  const { target } = route;
  const plan = retryPlan(route, target as UpstreamTarget);
  return {
    maxRetries: plan.maxRetries,
    repeatable: plan.isRepeatable(context) ? 'yes' : 'only what was never processed',
    statuses: [...plan.statuses],
    perTryMs: Number.isFinite(plan.perTryMs) ? plan.perTryMs : null,
    backoff: { ...plan.backoff },
    budgetPercent: plan.budgetPercent,
    hedge: plan.hedge === null ? null : { ...plan.hedge },
  };
}
