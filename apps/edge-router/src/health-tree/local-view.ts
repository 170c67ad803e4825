import type { BreakerReport } from '../resilience/breaker-table';
import type { EndpointView } from '../upstreams/endpoint-state';
import type { Finding } from './facts';

/** What this edge learnt by calling an instance. */
export interface LocalView {
  /** How its calls go; null while it isn't called. */
  readonly endpoint: Pick<EndpointView, 'state' | 'ejected'> | null;
  /** Its breakers that aren't closed. */
  readonly breakers: readonly Pick<BreakerReport, 'route' | 'state'>[];
}

/**
 * What this edge itself has against an instance. What the registry holds against it is told by the registry.
 * Bad answers only degrade it: they are this edge's experience, and it is still called where there is no other.
 */
export function localFindings({ endpoint, breakers }: LocalView): Finding[] {
  const why = endpoint?.ejected?.why ?? '';
  const open = breakers.map(({ route, state }) => `${state} for ${route}`);
  return [
    ...(endpoint?.state === 'refusing' ? [finding('down', `it refuses this edge's connections: ${why}`)] : []),
    ...(endpoint?.state === 'ejected' ? [finding('degraded', `this edge took it out: ${why}`)] : []),
    ...(open.length > 0 ? [finding('degraded', `its circuit breaker is ${open.join(', ')}`)] : []),
  ];
}

const finding = (state: Finding['state'], why: string): Finding => ({ state, why, since: null });
