import { Priority } from '@gateway/contracts';
import { GatewayError } from '@gateway/errors';
import type { ShedPriority } from '@gateway/resilience';
import type { Route } from '../route';
import type { RouteStage } from '../stage';
import type { RequestContext } from '../context';
import type { Settings } from '../settings';

/** What shedding needs. */
export interface ShedPorts {
  /** Whether requests of that priority are refused now. Asked by each request: must be quick. */
  readonly sheds: (priority: ShedPriority) => boolean;
  /** Counts what is refused; bound to its label. */
  readonly shedCounterFor: (priority: ShedPriority) => () => void;
}

/** What a refused client is asked to wait, in seconds. */
const RETRY_AFTER = 1;

const PRIORITIES: Readonly<Record<Priority, ShedPriority>> = {
  [Priority.PRIORITY_UNSPECIFIED]: 'normal',
  [Priority.SHEDDABLE]: 'sheddable',
  [Priority.NORMAL]: 'normal',
  [Priority.CRITICAL]: 'critical',
};

/** Refuses requests while the process has too much to do, before anything is spent on them. */
export function shedLoad(route: Route, { sheds, shedCounterFor }: ShedPorts): RouteStage {
  const priority = PRIORITIES[route.policy.priority];
  const count = shedCounterFor(priority);
  return (next) => (context) => {
    if (!sheds(priority)) return next(context);
    count();
    throw new GatewayError('GW_OVERLOADED', { retryAfter: RETRY_AFTER });
  };
}

/** Who goes first, and whether that is refused at present. */
export function describeShedLoad({ policy }: Route, _context: RequestContext, { sheds }: ShedPorts): Settings {
  const priority = PRIORITIES[policy.priority];
  return { priority, refusesNow: sheds(priority) };
}
