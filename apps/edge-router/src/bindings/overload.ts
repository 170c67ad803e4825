import { containerMemoryLimit, LoadMeter } from '@gateway/resilience';
import type { Edge } from '../edge';
import { OverloadGuard } from '../resilience/overload-guard';

/**
 * Watches how much this process has to do.
 * @param inFlight requests whose response has not ended
 */
export function bindOverload({ clock, config, lifecycle }: Edge, inFlight: () => number): OverloadGuard {
  const { memoryLimit, maxEventLoopDelay: maxEventLoopDelayMs, maxRequests: maxInFlight } = config;
  const meter = new LoadMeter({ memoryLimitBytes: memoryLimit ?? containerMemoryLimit(), inFlight });
  const guard = new OverloadGuard(clock, meter, { maxEventLoopDelayMs, maxInFlight });
  lifecycle.onStop(() => guard.close(), 'overload');
  return guard;
}
