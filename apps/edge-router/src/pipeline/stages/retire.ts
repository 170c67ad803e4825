import type { Clock } from '@gateway/clock';
import type { Brownout, DeprecationPolicy } from '@gateway/contracts';
import { GatewayError } from '@gateway/errors';
import { type Phase, RouteLife } from '@gateway/versioning';
import type { RequestContext } from '../context';
import { shownTime, timeOf, toMilliseconds } from '../duration';
import type { Route } from '../route';
import type { Settings } from '../settings';
import type { RouteStage } from '../stage';

/** What tells the time. */
export interface RetirePorts {
  readonly clock: Pick<Clock, 'now'>;
}

/** Ends a route at its sunset, and interrupts it before as its policy plans (RFC 8594 §5: 410 is what follows). */
export function retire({ policy }: Route, { clock }: RetirePorts): RouteStage | null {
  const { sunsetAt, brownouts = [] } = policy.deprecation ?? {};
  if (sunsetAt === undefined && brownouts.length === 0) return null;
  const sunset = timeOf(sunsetAt);
  const life = lifeOf(policy.deprecation!);
  return (next) => (context) => {
    const now = clock.now();
    const phase = life.at(now);
    if (phase.kind === 'serving') return next(context);
    throw phase.kind === 'ended' ? ended(phase) : interrupted(phase.until, now, sunset);
  };
}

const lifeOf = ({ sunsetAt, brownouts }: DeprecationPolicy): RouteLife =>
  new RouteLife(timeOf(sunsetAt), brownouts.map(windowOf));

const windowOf = ({ start, duration, every }: Brownout) => ({
  start: timeOf(start)!,
  duration: toMilliseconds(duration!),
  every: every === undefined ? 0 : toMilliseconds(every),
});

const ended = ({ at }: Extract<Phase, { kind: 'ended' }>): GatewayError =>
  new GatewayError('GW_GONE', { detail: `The route ended on ${day(at)}` });

function interrupted(until: number, now: number, sunset: number | null): GatewayError {
  const end = sunset === null ? '' : `; it ends for good on ${day(sunset)}`;
  return new GatewayError('GW_GONE', {
    detail: `A planned interruption until ${new Date(until).toISOString()}: the route is deprecated${end}`,
    retryAfter: Math.ceil((until - now) / 1_000),
  });
}

const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** When the route ends, and whether it answers now. */
export const describeRetire = ({ policy }: Route, _context: RequestContext, { clock }: RetirePorts): Settings => ({
  sunsetAt: shownTime(policy.deprecation!.sunsetAt),
  brownouts: policy.deprecation!.brownouts.length,
  now: lifeOf(policy.deprecation!).at(clock.now()).kind,
});
