import { limitStage, type LimitPorts } from '../limit-rules';
import type { Route } from '../route';
import type { RouteStage } from '../stage';

/** Checks the limits keyed by what is known before any token is: address and headers. */
export function limitByClient(route: Route, ports: LimitPorts): RouteStage | null {
  return limitStage(route, ports, 'client');
}
