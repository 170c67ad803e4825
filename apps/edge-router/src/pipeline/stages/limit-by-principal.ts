import { limitStage, type LimitPorts } from '../limit-rules';
import type { Route } from '../route';
import type { RouteStage } from '../stage';

/** Checks the limits keyed by who calls. */
export function limitByPrincipal(route: Route, ports: LimitPorts): RouteStage | null {
  return limitStage(route, ports, 'principal');
}
