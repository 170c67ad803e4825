import type { Clock } from '@gateway/clock';
import type { EdgeResponse } from '@gateway/pipeline';
import { backoffMs, type LatencyQuantile, type RetryBudget } from '@gateway/resilience';
import { type AttemptFailure, failureOfError, failureOfResponse, type RetryReason } from '../attempt-failure';
import type { RequestContext } from '../context';
import { discardResponse } from '../discard-response';
import { hedge } from '../hedge';
import { pause } from '../pause';
import { canReplay, type RetryPlan, retryPlan } from '../retry-plan';
import { isForwarded, type Route } from '../route';
import type { RouteHandler, RouteStage } from '../stage';

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
    const attempt = attempts.hedged(next, latency);
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
    this.budget.started();
    try {
      return await this.repeat(context, attempt, deadlineAt);
    } finally {
      context.deadlineAt = deadlineAt;
      this.budget.ended();
    }
  }

  /** @param deadlineAt of all attempts together */
  private async repeat(context: RequestContext, attempt: RouteHandler, deadlineAt: number): Promise<EdgeResponse> {
    for (let retries = 0, charged = false; ; retries++) {
      let response: EdgeResponse | null = null;
      let error: unknown = null;
      this.limitTry(context, deadlineAt);
      try {
        response = await attempt(context);
        if (!this.plan.statuses.has(response.status)) return response;
      } catch (thrown) {
        error = thrown;
      } finally {
        if (charged) this.budget.retryEnded();
      }
      const failure = this.failureOf(response, error);
      const waitMs = failure === null ? null : this.waitBefore(failure, retries, context, deadlineAt);
      if (failure === null || waitMs === null) return passOn(response, error);
      charged = !failure.unprocessed;
      if (charged && !this.tryCharge()) return passOn(response, error);
      if (response !== null) discardResponse(response);
      await this.prepare(context, failure, waitMs);
    }
  }

  /** An attempt beside which others start while it is slow, where the policy says so and the request allows it. */
  hedged(next: RouteHandler, latency: LatencyQuantile): RouteHandler {
    const { plan, service, budget, metrics } = this;
    if (plan.hedge === null) return next;
    const racing = hedge(
      {
        clock: this.ports.clock,
        plan: plan.hedge,
        perTryMs: plan.perTryMs,
        latency,
        hasAnother: (tried) => this.ports.endpointCount(service) > tried,
        tryEnter: () => this.tryCharge(),
        leave: () => budget.retryEnded(),
        isFailure: (response, error) => this.failureOf(response, error) !== null,
        raced: (won) => metrics.hedged(won),
      },
      next,
    );
    return (context) =>
      !context.isTunnel && plan.isRepeatable(context) && canReplay(context) ? racing(context) : next(context);
  }

  private limitTry(context: RequestContext, deadlineAt: number): void {
    const { perTryMs } = this.plan;
    if (perTryMs === Number.POSITIVE_INFINITY) return;
    context.deadlineAt = Math.min(deadlineAt, this.ports.clock.monotonic() + perTryMs);
  }

  private failureOf(response: EdgeResponse | null, error: unknown): AttemptFailure | null {
    const { statuses } = this.plan;
    return response === null
      ? failureOfError(error, statuses)
      : failureOfResponse(response, statuses, () => this.ports.clock.now());
  }

  /** Milliseconds to wait before the next attempt; null: there is none. */
  private waitBefore(
    { unprocessed, waitMs }: AttemptFailure,
    retries: number,
    context: RequestContext,
    deadlineAt: number,
  ): number | null {
    const { maxRetries, backoff, isRepeatable } = this.plan;
    if (retries >= maxRetries || !canReplay(context) || !(unprocessed || isRepeatable(context))) return null;
    // Who asks for more than we are ready to wait is passed on: the client may be ready.
    if (waitMs !== null && waitMs > backoff.maxMs) return null;
    const wait = waitMs ?? backoffMs(backoff, retries, this.ports.random);
    return this.ports.clock.monotonic() + wait < deadlineAt ? wait : null;
  }

  /** Retries of what was certainly not processed aren't charged: they put no load on the service. */
  private tryCharge(): boolean {
    if (this.budget.tryRetry(this.plan.budgetPercent)) return true;
    this.metrics.exhausted();
    return false;
  }

  private async prepare(context: RequestContext, { reason }: AttemptFailure, waitMs: number): Promise<void> {
    this.metrics.retried(reason);
    if (context.endpoint !== null) context.avoid = [...context.avoid, context.endpoint];
    if (waitMs > 0) await pause(waitMs, context, this.ports.clock);
  }
}

function passOn(response: EdgeResponse | null, error: unknown): EdgeResponse {
  if (response === null) throw error;
  return response;
}
