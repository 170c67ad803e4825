import { GatewayError } from '@gateway/errors';
import type { EdgeResponse } from '@gateway/pipeline';
import type { EndpointPicker, Pick } from '../../upstreams/endpoint-picker';
import { outcomeAtEnd, outcomeOf, outcomeOfError } from '../outcome';
import { isForwarded, type Route } from '../route';
import type { RouteStage } from '../stage';

/** Where endpoints come from. */
export interface PickPorts {
  readonly pickerFor: (route: Route) => EndpointPicker;
}

/** Chooses where an attempt goes, and tells how it ended: the endpoint is busy until the last byte of its answer. */
export function pickEndpoint(route: Route, { pickerFor }: PickPorts): RouteStage | null {
  if (!isForwarded(route.target)) return null;
  const picker = pickerFor(route);
  const { service } = route.target;
  return (next) => (context) => {
    const pick = picker.pick(context, context.avoid);
    if (pick === null)
      throw new GatewayError('GW_NO_INSTANCE', { retryAfter: 1, cause: `no instance of ${service} is ready` });
    context.endpoint = pick.endpoint;
    let result: EdgeResponse | Promise<EdgeResponse>;
    try {
      result = next(context);
    } catch (error) {
      throw ended(pick, error);
    }
    return result instanceof Promise ? settled(pick, result) : answered(pick, result);
  };
}

async function settled(pick: Pick, result: Promise<EdgeResponse>): Promise<EdgeResponse> {
  try {
    return answered(pick, await result);
  } catch (error) {
    throw ended(pick, error);
  }
}

function answered(pick: Pick, response: EdgeResponse): EdgeResponse {
  pick.answered();
  const { body } = response;
  // A tunnel ends its pick, too: it is counted where it is opened, and says nothing of how busy its endpoint is.
  if (body === null || Buffer.isBuffer(body) || body.closed) pick.ended(outcomeOf(response));
  // The body's own end, not that of the exchange: an answer may be discarded before the client sees any of it.
  else
    body.once('close', () => {
      const complete = body.readableEnded && body.errored === null;
      pick.ended(outcomeAtEnd(response, { bytes: 0, complete }));
    });
  return response;
}

function ended(pick: Pick, error: unknown): unknown {
  pick.ended(outcomeOfError(error));
  return error;
}
