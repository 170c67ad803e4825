import type { Edge } from '../edge';
import { PoolMetrics } from '../pool-scaling/pool-metrics';
import { PoolScaling } from '../pool-scaling/pool-scaling';
import type { ServiceEndpoints, SizedConnections } from '../pool-scaling/ports';

/** Has the pools sized as EDGE_POOL_POLICY says. */
export function bindPoolScaling(edge: Edge, connections: SizedConnections, upstreams: ServiceEndpoints): PoolScaling {
  const { config, clock, lifecycle, logger, metrics } = edge;
  const scaling = new PoolScaling({
    ...{ clock, connections, upstreams, metrics: new PoolMetrics(metrics), random: Math.random },
    ...{ policy: config.poolPolicy, staticConnections: config.poolConnections },
    onProblem: (service, err) => logger.warn({ service, err }, 'a pool could not be sized'),
  });
  lifecycle.onStop(() => scaling.close(), 'pool scaling');
  return scaling;
}
