import { LoadBalancingPolicy_Algorithm } from '@gateway/contracts';
import { GatewayError } from '@gateway/errors';
import type { EdgeResponse } from '@gateway/pipeline';
import type { EndpointPicker, Pick } from '../../upstreams/endpoint-picker';
import { outcomeAtEnd, outcomeOf, outcomeOfError } from '../outcome';
import { restOf } from '../rest-of';
import { isForwarded, type Route, type UpstreamTarget } from '../route';
import type { RouteStage } from '../stage';
import type { Settings } from '../settings';

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
  const rest = restOf(response);
  // A tunnel to an HTTP server ends its pick, too: it is counted where it is opened.
  if (rest === null || rest.closed) pick.ended(outcomeOf(response));
  // The body's own end, not that of the exchange: an answer may be discarded before the client sees any of it.
  else
    rest.once('close', () => {
      const complete = rest.readableEnded && rest.errored === null;
      pick.ended(outcomeAtEnd(response, { bytes: 0, complete }));
    });
  return response;
}

function ended(pick: Pick, error: unknown): unknown {
  pick.ended(outcomeOfError(error));
  return error;
}

/** By what endpoints are chosen. Which one that is now stands with the endpoints. */
export function describePickEndpoint({ policy, target }: Route): Settings {
  const {
    algorithm = LoadBalancingPolicy_Algorithm.UNSPECIFIED,
    hashBy = [],
    splits = [],
  } = policy.loadBalancing ?? {};
  return {
    service: (target as UpstreamTarget).service,
    algorithm: LoadBalancingPolicy_Algorithm[algorithm || LoadBalancingPolicy_Algorithm.LEAST_REQUEST],
    hashBy,
    splits: splits.map(({ version, percent }) => ({ version, percent })),
  };
}
