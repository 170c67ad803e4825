import { registryV1 } from '@gateway/contracts';
import type { RequestContext } from '../pipeline/context';
import { isForwarded, type Route } from '../pipeline/route';
import type { EndpointChoice } from '../upstreams/endpoint-choice';
import type { InstanceDirectory } from '../upstreams/registered-endpoints';
import type { Upstreams } from '../upstreams/upstreams';

/** Where a route's endpoints are looked at. */
export interface EndpointViews {
  readonly upstreams: Pick<Upstreams, 'preview'>;
  /** Null without a registry. */
  readonly directory: Pick<InstanceDirectory, 'instances'> | null;
}

const { InstanceState } = registryV1;

/** The endpoints of a route's service: those that may take something new, and those that are registered and may not. */
export function endpointChoices(
  route: Route,
  context: RequestContext,
  { upstreams, directory }: EndpointViews,
): EndpointChoice[] {
  if (!isForwarded(route.target)) return [];
  const usable = upstreams.preview(route, context);
  const known = new Set(usable.map(({ id }) => id));
  const others = directory?.instances(route.target.service) ?? [];
  return [
    ...usable,
    ...others.filter(({ id, state }) => state !== InstanceState.READY && !known.has(id)).map(withheld),
  ];
}

const withheld = ({ id, address, state, contractDigest }: registryV1.Instance): EndpointChoice => ({
  ...{ id, address, picked: false, inFlight: 0 },
  against: [`is ${InstanceState[state]!.toLowerCase()}`],
  ...(contractDigest === '' ? {} : { contract: contractDigest }),
});
