import type { registryV1 } from '@gateway/contracts';

/** Below this share a change of load moves no balancer's choice. */
const RELEVANT = 0.1;

/** Whether others should hear of a new load: one that differs from what they were told by a tenth or more. */
export function isRelevantLoad(told: registryV1.Load | undefined, now: registryV1.Load | undefined): boolean {
  if (now === undefined) return false;
  return (
    differs(told?.connections ?? 0, now.connections) || differs(told?.inFlight ?? 0, now.inFlight) || told === undefined
  );
}

const differs = (told: number, now: number): boolean => told !== now && Math.abs(now - told) >= told * RELEVANT;
