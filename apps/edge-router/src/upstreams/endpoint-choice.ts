import type { Endpoint } from './endpoint';
import type { EndpointView } from './endpoint-state';

/** Whether an endpoint serves what a route asks for. */
export type ServedBy = 'yes' | 'other protocol' | 'no such method';

/** An endpoint of a route's service, as a call would find it. */
export interface EndpointChoice {
  readonly id: string;
  readonly address: string;
  /** Whether a call would go there now. */
  readonly picked: boolean;
  /** What keeps calls from it, each for people. Empty: nothing, it merely isn't its turn. */
  readonly against: readonly string[];
  readonly inFlight: number;
  readonly contract?: string;
}

/** What is known of an endpoint on a route. */
export interface Weighed {
  readonly endpoint: Endpoint;
  readonly picked: boolean;
  readonly service: ServedBy;
  /** Whether its breaker would refuse the call. */
  readonly blocked: boolean;
}

const REASONS: Readonly<Record<Exclude<ServedBy, 'yes'>, string>> = {
  'other protocol': 'speaks another protocol',
  'no such method': 'its contract does not have the method',
};

/** Tells what speaks against an endpoint. */
export function weigh({ state, ejected, inFlight }: EndpointView, weighed: Weighed): EndpointChoice {
  const { endpoint, picked, service, blocked } = weighed;
  const against = [
    ...(service === 'yes' ? [] : [REASONS[service]]),
    ...(ejected === undefined ? [] : [`${state}: ${ejected.why}${until(ejected.until)}`]),
    ...(blocked ? ['its breaker is open'] : []),
  ];
  const { id, address, contractDigest } = endpoint;
  return { id, address, picked, against, inFlight, ...(contractDigest === '' ? {} : { contract: contractDigest }) };
}

const until = (time: string | undefined): string => (time === undefined ? '' : `, until ${time}`);
