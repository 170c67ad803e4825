import { offersReflection } from '../config';
import type { Edge } from '../edge';
import { isMockable } from '../mocking/mock-switches';
import type { Mocks } from '../mocking/mocks';
import { ExposedServices, type ExposingSnapshot, type RpcRoute } from '../pages/rpc/exposed-services';
import { healthMethods } from '../pages/rpc/health-methods';
import { OpenCalls } from '../pages/rpc/open-calls';
import { reflectionMethods } from '../pages/rpc/reflection';
import { ServiceHealth } from '../pages/rpc/service-health';
import { isForwarded } from '../pipeline/route';
import type { PageMethod } from '../snapshot/platform-methods';
import type { Services } from './services';

/** Binds what RPC clients may ask the edge itself: health, and, where that is wanted, which services it exposes. */
export function bindRpcPages(
  edge: Edge,
  { upstreams }: Services,
  { switches }: Mocks,
  snapshot: () => ExposingSnapshot,
): PageMethod[] {
  const { clock, config, health, lifecycle } = edge;
  const exposed = new ExposedServices(snapshot);
  const calls = new OpenCalls(clock);
  const isMocked = (route: RpcRoute): boolean => isMockable(route) && switches.reasonFor(route) !== null;
  const services = new ServiceHealth({
    clock,
    exposed,
    isReady: () => lifecycle.phase === 'running' && health.ready,
    isServed: (route) => !isForwarded(route.target) || isMocked(route) || upstreams.isWell(route),
  });
  health.onChange(() => services.look());
  lifecycle.onDrain(() => calls.endAll(), 'streams of the gateway itself');
  return [...healthMethods(services, calls), ...(offersReflection(config) ? reflectionMethods(exposed, calls) : [])];
}
