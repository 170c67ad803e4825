import { limitStage, type LimitPorts } from '../limit-rules';
import type { Route } from '../route';
import type { RouteStage } from '../stage';

/** Checks the limits keyed by a field of the request, such as the account of a login. */
export function limitByField(route: Route, ports: LimitPorts): RouteStage | null {
  return limitStage(route, ports, 'field');
}
