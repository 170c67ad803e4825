import type { Clock, Timer } from '@gateway/clock';
import type { EdgeResponse } from '@gateway/pipeline';
import type { LatencyQuantile } from '@gateway/resilience';
import { Cancellation } from './cancellation';
import type { RequestContext } from './context';
import { discardResponse } from './discard-response';
import { outcomeOfError } from './outcome';
import type { HedgePlan } from './retry-plan';
import type { RouteHandler } from './stage';

/** What running attempts beside each other needs. */
export interface HedgePorts {
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  readonly plan: HedgePlan;
  /** What the first attempts take. */
  readonly latency: LatencyQuantile;
  /** Whether there is another instance than those of the attempts so far. */
  readonly hasAnother: (tried: number) => boolean;
  /** Takes room for one more attempt; `leave` gives it back. */
  readonly tryEnter: () => boolean;
  readonly leave: () => void;
  /** Whether another attempt may do better than this answer. */
  readonly isFailure: (response: EdgeResponse) => boolean;
  /** A race with more than one attempt is over. @param won whether a later attempt was the first to answer */
  readonly raced: (won: boolean) => void;
}

/** Runs further attempts beside one that is slow; the first answer wins, and the others are cancelled. */
export const hedge =
  (ports: HedgePorts, next: RouteHandler): RouteHandler =>
  (context) =>
    new Promise<EdgeResponse>((resolve, reject) => new Race(ports, next, context, resolve, reject).start());

/** One of the attempts. */
interface Runner {
  readonly context: RequestContext;
  readonly cancellation: Cancellation;
  readonly startedAt: number;
  readonly isFirst: boolean;
}

class Race {
  private readonly running = new Set<Runner>();
  private first: Runner | null = null;
  private launched = 0;
  private over = false;
  private timer: Timer | null = null;

  constructor(
    private readonly ports: HedgePorts,
    private readonly next: RouteHandler,
    private readonly context: RequestContext,
    private readonly resolve: (response: EdgeResponse) => void,
    private readonly reject: (error: unknown) => void,
  ) {}

  start(): void {
    // Also after the race: the winner's body is still on its way.
    this.context.onCancel(() => this.cancelAll());
    this.launch();
    this.schedule();
  }

  private schedule(): void {
    const { plan, latency, clock } = this.ports;
    const delayMs = plan.delayMs ?? latency.valueMs;
    if (this.over || delayMs === null || this.launched > plan.maxHedges) return;
    this.timer = clock.after(delayMs, () => this.launchAnother());
  }

  private launchAnother(): void {
    const { hasAnother, tryEnter } = this.ports;
    if (!hasAnother(this.context.avoid.length + this.running.size) || !tryEnter()) return;
    this.launch();
    this.schedule();
  }

  private launch(): void {
    const cancellation = new Cancellation();
    const context = this.context.fork(cancellation);
    const startedAt = this.ports.clock.monotonic();
    const runner = { context, cancellation, startedAt, isFirst: this.launched++ === 0 };
    if (runner.isFirst) this.first = runner;
    context.endpoint = null;
    context.avoid = [...context.avoid, ...[...this.running].flatMap(endpointOf)];
    this.running.add(runner);
    void this.run(runner);
  }

  private async run(runner: Runner): Promise<void> {
    try {
      this.ended(runner, await this.next(runner.context), null);
    } catch (error) {
      this.ended(runner, null, error);
    }
  }

  private ended(runner: Runner, response: EdgeResponse | null, error: unknown): void {
    this.running.delete(runner);
    if (!runner.isFirst) this.ports.leave();
    if (this.over) {
      if (response !== null) discardResponse(response);
    } else if (this.running.size > 0 && !this.isAnswer(response, error)) {
      // Another attempt may still make it; this instance is not to be asked again.
      this.context.avoid = [...this.context.avoid, ...endpointOf(runner)];
      if (response !== null) discardResponse(response);
    } else this.finish(runner, response, error);
  }

  /** Also an error may be one, when the service means it. What the gateway itself refused isn't. */
  private isAnswer(response: EdgeResponse | null, error: unknown): boolean {
    return response === null ? outcomeOfError(error).kind === 'ok' : !this.ports.isFailure(response);
  }

  private finish(winner: Runner, response: EdgeResponse | null, error: unknown): void {
    this.over = true;
    this.timer?.cancel();
    this.context.adopt(winner.context);
    // When another one was quicker, the first would have taken at least as long as it has.
    if (error === null) this.ports.latency.record(this.ports.clock.monotonic() - this.first!.startedAt);
    if (this.launched > 1) this.ports.raced(!winner.isFirst && this.isAnswer(response, error));
    for (const { cancellation } of this.running) cancellation.cancel();
    if (response !== null) {
      this.running.add(winner);
      this.resolve(response);
    } else this.reject(error);
  }

  private cancelAll(): void {
    for (const { cancellation } of this.running) cancellation.cancel();
  }
}

const endpointOf = ({ context: { endpoint } }: Runner) => (endpoint === null ? [] : [endpoint]);
