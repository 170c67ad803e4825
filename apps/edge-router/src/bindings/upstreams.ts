import type { Edge } from '../edge';
import type { Route } from '../pipeline/route';
import type { Endpoint } from '../upstreams/endpoint';
import type { EndpointSource } from '../upstreams/endpoint-sources';
import type { OpenTunnels } from '../upstreams/open-tunnels';
import { Reachability, tcpProbe } from '../upstreams/reachability';
import type { LedgerListener, ServiceLedger } from '../upstreams/service-ledger';
import { UpstreamMetrics } from '../upstreams/upstream-metrics';
import { type ContractMethods, Upstreams } from '../upstreams/upstreams';

/** What upstreams are bound to. */
export interface UpstreamPorts {
  readonly sources: readonly EndpointSource[];
  readonly contracts: ContractMethods;
  readonly tunnels: OpenTunnels;
  readonly isBlocked?: ((route: Route, endpoint: Endpoint) => boolean) | undefined;
}

/** How often ejections are looked over, in milliseconds. */
const SWEEP_MS = 1_000;

/** Opens the upstreams, with all that watches over them: metrics, log, probes of endpoints that refuse connections. */
export function openUpstreams(edge: Edge, { isBlocked, ...ports }: UpstreamPorts): Upstreams {
  const { clock, config, lifecycle, metrics: registry } = edge;
  const metrics = new UpstreamMetrics(registry, () => upstreams.all());
  const reachability = new Reachability({ clock, random: Math.random, probe: tcpProbe(clock) });
  const upstreams: Upstreams = new Upstreams({
    ...ports,
    ...(isBlocked === undefined ? {} : { isBlocked }),
    clock,
    random: Math.random,
    zone: config.zone ?? '',
    listenerFor: (ledger) => listenerFor(ledger, edge, metrics, reachability),
  });
  const sweep = clock.every(SWEEP_MS, () => upstreams.all().forEach((ledger) => ledger.sweep()));
  lifecycle.onStop(() => sweep.cancel(), 'outlier detection');
  return upstreams;
}

function listenerFor(
  ledger: ServiceLedger,
  { logger }: Edge,
  metrics: UpstreamMetrics,
  reachability: Reachability,
): LedgerListener {
  const { service } = ledger;
  const { ended, ejected } = metrics.listenerFor(service);
  return {
    ended,
    ejected: (tracked, ejection) => {
      const { reason, why } = ejection;
      logger.warn({ upstream: service, endpoint: tracked.endpoint.address, reason, why }, 'an endpoint is out');
      ejected(tracked, ejection);
      reachability.ejected(ledger, tracked, ejection);
    },
    returned: ({ endpoint }, { reason }) =>
      logger.info({ upstream: service, endpoint: endpoint.address, reason }, 'an endpoint is back'),
  };
}
