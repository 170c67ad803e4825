import type { RequestContext } from '../pipeline/context';
import type { Outcome } from '../pipeline/outcome';
import type { Endpoint } from './endpoint';

/** Chooses among the endpoints of a route's service. */
export interface EndpointPicker {
  /**
   * The endpoint for one attempt: what the route's load balancing says for a call, the one with the fewest connections
   * for a tunnel.
   * @param avoid those that this request already failed at; one of them is picked only when there is no other
   * @returns null: the service has no endpoint that may take something new
   */
  pick(context: RequestContext, avoid: readonly Endpoint[]): Pick | null;
}

/** One use of an endpoint. It counts as in flight until it has ended. */
export interface Pick {
  readonly endpoint: Endpoint;
  /** The head of the answer is here: what the latency is measured to. Without it the end counts. */
  answered(): void;
  /** The response has ended, or failed. Called exactly once. */
  ended(outcome: Outcome): void;
}
