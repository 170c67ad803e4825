import type { JsonValue } from '@bufbuild/protobuf';

/** Whether arrays and objects are nested deeper than `max`. Itself never deeper than that. */
export function isDeeperThan(json: JsonValue, max: number): boolean {
  if (json === null || typeof json !== 'object') return false;
  return max === 0 || Object.values(json).some((value) => isDeeperThan(value, max - 1));
}
