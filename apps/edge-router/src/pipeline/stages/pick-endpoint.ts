import { GatewayError } from '@gateway/errors';
import type { Endpoint } from '../../upstreams/endpoint';
import { isForwarded, type Route } from '../route';
import type { RouteStage } from '../stage';

/** Chooses among the endpoints of a route's service that may take something new. */
export interface EndpointPicker {
  /** The next one's turn. @param except one that has just failed. Null: there is none. */
  next(except: Endpoint | null): Endpoint | null;
  /** The one with the fewest connections, for what stays. */
  leastConnected(except: Endpoint | null): Endpoint | null;
}

/** Where endpoints come from. */
export interface PickPorts {
  readonly pickerFor: (route: Route) => EndpointPicker;
}

/** Chooses where the request goes: calls take turns, tunnels go where the fewest are. */
export function pickEndpoint(route: Route, { pickerFor }: PickPorts): RouteStage | null {
  if (!isForwarded(route.target)) return null;
  const picker = pickerFor(route);
  const { service } = route.target;
  return (next) => (context) => {
    const pick = (except: Endpoint | null): Endpoint | null =>
      context.isTunnel ? picker.leastConnected(except) : picker.next(except);
    context.endpoint = pick(null);
    context.pickAnother = pick;
    if (context.endpoint === null)
      throw new GatewayError('GW_NO_INSTANCE', { retryAfter: 1, cause: `no instance of ${service} is ready` });
    return next(context);
  };
}
