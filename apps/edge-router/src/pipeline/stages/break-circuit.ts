import type { Clock } from '@gateway/clock';
import { GatewayError } from '@gateway/errors';
import type { EdgeResponse } from '@gateway/pipeline';
import type { BreakerOptions, BreakerTicket, CircuitBreaker } from '@gateway/resilience';
import type { Endpoint } from '../../upstreams/endpoint';
import type { RequestContext } from '../context';
import { toMilliseconds } from '../duration';
import { type Outcome, outcomeAtEnd, outcomeOf, outcomeOfError } from '../outcome';
import { restOf } from '../rest-of';
import { isForwarded, type Route } from '../route';
import type { RouteHandler, RouteStage } from '../stage';
import type { Settings } from '../settings';

/** The breakers of one route, one for each endpoint that has failed lately. */
export interface RouteBreakers {
  /** Undefined: nothing speaks against the endpoint. */
  find(endpoint: Endpoint): CircuitBreaker | undefined;
  /** The endpoint's breaker, made when there is none. */
  of(endpoint: Endpoint): CircuitBreaker;
}

/** What breaking circuits needs. */
export interface BreakPorts {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** @param options a route whose options have changed begins anew */
  readonly breakersFor: (route: Route, options: BreakerOptions) => RouteBreakers;
}

const FAILURES = 5;
const OPEN_MS = 1_000;
const MAX_OPEN_MS = 30_000;
const HALF_OPEN_CALLS = 1;

/**
 * Gives an endpoint up for a while after failures in a row. Refused connections don't count: they cost nobody time, and an
 * instance that is back must be called at once.
 */
export function breakCircuit(route: Route, { clock, breakersFor }: BreakPorts): RouteStage | null {
  if (!isForwarded(route.target) || route.policy.circuitBreaker?.disabled === true) return null;
  const guard = new Guard(breakersFor(route, breakerOptions(route)), clock);
  const isCall = route.target.kind === 'grpc';
  return (next) => (context) => {
    // A tunnel lives for hours: its beginning says little about calls.
    if (context.isTunnel && !isCall) return next(context);
    const breaker = guard.find(context.endpoint!);
    return breaker === undefined ? watched(context, next, guard) : admitted(context, next, guard, breaker);
  };
}

/** The policy's breaker, with the defaults for what it doesn't say. */
export function breakerOptions({ policy: { circuitBreaker: given } }: Route): BreakerOptions {
  const openMs = given?.open === undefined ? OPEN_MS : toMilliseconds(given.open);
  return {
    failures: given?.consecutiveErrors || FAILURES,
    openMs,
    maxOpenMs: given?.maxOpen === undefined ? Math.max(MAX_OPEN_MS, openMs) : toMilliseconds(given.maxOpen),
    halfOpenCalls: given?.halfOpenCalls || HALF_OPEN_CALLS,
  };
}

/** A call to an endpoint that nothing speaks against: only a failure leaves a trace. */
async function watched(context: RequestContext, next: RouteHandler, guard: Guard): Promise<EdgeResponse> {
  const endpoint = context.endpoint!;
  try {
    const response = await next(context);
    if (outcomeOf(response).kind === 'failed') guard.failed(endpoint);
    guard.watchStream(response, endpoint);
    return response;
  } catch (error) {
    if (outcomeOfError(error).kind === 'failed') guard.failed(endpoint);
    throw error;
  }
}

/** A call that a breaker may refuse, and whose end it is told. */
async function admitted(
  context: RequestContext,
  next: RouteHandler,
  guard: Guard,
  breaker: CircuitBreaker,
): Promise<EdgeResponse> {
  const ticket = guard.enter(breaker);
  try {
    const response = await next(context);
    guard.settle(breaker, ticket, response.tunnel === undefined ? outcomeOf(response) : UNKNOWN);
    guard.watchStream(response, context.endpoint!);
    return response;
  } catch (error) {
    guard.settle(breaker, ticket, outcomeOfError(error));
    throw error;
  }
}

/** The head of a tunnel is our own word: of the endpoint nothing is known yet. */
const UNKNOWN: Outcome = { kind: 'neutral', why: 'tunnel' };

/** The breakers of one route, by the clock. */
class Guard {
  constructor(
    private readonly breakers: RouteBreakers,
    private readonly clock: BreakPorts['clock'],
  ) {}

  find(endpoint: Endpoint): CircuitBreaker | undefined {
    return this.breakers.find(endpoint);
  }

  /** @throws GatewayError GW_CIRCUIT_OPEN */
  enter(breaker: CircuitBreaker): BreakerTicket {
    const now = this.clock.monotonic();
    const ticket = breaker.tryEnter(now);
    if (ticket !== null) return ticket;
    throw new GatewayError('GW_CIRCUIT_OPEN', { retryAfter: Math.max(1, Math.ceil(breaker.waitMs(now) / 1_000)) });
  }

  settle(breaker: CircuitBreaker, ticket: BreakerTicket, { kind }: Outcome): void {
    breaker.settle(ticket, kind === 'refused' ? 'neutral' : kind, this.clock.monotonic());
  }

  /**
   * A stream may fail after its head. Its first message lets others in: one that lasts for hours must not hold a half-open
   * breaker for as long.
   */
  watchStream(response: EdgeResponse, endpoint: Endpoint): void {
    if (response.failure === undefined) return;
    restOf(response)?.once('close', () => {
      if (outcomeAtEnd(response, { bytes: 0, complete: true }).kind === 'failed') this.failed(endpoint);
    });
  }

  /** A call failed that began when nothing spoke against the endpoint. */
  failed(endpoint: Endpoint): void {
    const now = this.clock.monotonic();
    const breaker = this.breakers.of(endpoint);
    // Meanwhile others may have opened it: then this says nothing new.
    if (breaker.state(now) === 'closed') breaker.settle(breaker.tryEnter(now)!, 'failed', now);
  }
}

/** When an endpoint is given up, and for how long. Whether one is now stands with the endpoints. */
export const describeBreakCircuit = (route: Route): Settings => ({ ...breakerOptions(route) });
