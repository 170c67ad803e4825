import type { Clock } from '@gateway/clock';
import { asGatewayError } from '@gateway/errors';
import type { EdgeRequest, EdgeResponse } from '@gateway/pipeline';
import { discardBody } from './body';
import { RequestContext } from './context';
import { ARRIVAL, type ArrivalPorts } from './pipeline';
import type { RouteHandler } from './stage';
import { whenDone } from './when-done';

/** What answers every request needs. */
export interface EdgeHandlerPorts extends ArrivalPorts {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** The handler of the synthetic route. */
  readonly refuse: RouteHandler;
}

/** What an engine calls for every request: the steps before routing, then the pipeline of the route. */
export function edgeHandler(ports: EdgeHandlerPorts): (request: EdgeRequest) => EdgeResponse | Promise<EdgeResponse> {
  const steps = ARRIVAL.map((step) => step(ports));

  const arrive = (context: RequestContext): RouteHandler => {
    try {
      for (const step of steps) step(context);
      return context.live!.handler;
    } catch (thrown) {
      context.refusal = asGatewayError(thrown);
      return ports.refuse;
    }
  };
  return (request) => {
    const context = new RequestContext(request, ports.clock.monotonic());
    return whenDone(arrive(context)(context), (response) => {
      // Refused, answered from the cache, or not interested: a body must not hold up its connection.
      if (!context.bodyTaken) discardBody(context.body);
      return response;
    });
  };
}
