/**
 * How a gateway spreads its calls over zones, after Envoy's zone-aware routing: calls arrive evenly over the zones that
 * have instances, so each zone owes 1/n of the work. A zone that has that much of the capacity keeps its own calls; one
 * that has less keeps what it can carry, and the rest goes to zones that have more, in proportion to what they have over.
 * When all gateways do so, every instance is loaded by its weight.
 * @param own the gateway's zone
 * @param capacity the weight of the usable instances by zone, all above 0
 * @returns the share by zone, together 1; null: there is nothing to prefer
 */
export function zoneShares(own: string, capacity: ReadonlyMap<string, number>): ReadonlyMap<string, number> | null {
  const owned = capacity.get(own);
  if (own === '' || owned === undefined || capacity.size === 1) return null;
  const total = [...capacity.values()].reduce((sum, weight) => sum + weight, 0);
  const owed = total / capacity.size;
  const local = Math.min(1, owned / owed);
  if (local === 1) return new Map([[own, 1]]);
  const over = [...capacity].filter(([zone, weight]) => zone !== own && weight > owed);
  const overall = over.reduce((sum, [, weight]) => sum + weight - owed, 0);
  const spilled = over.map(([zone, weight]): [string, number] => [zone, ((weight - owed) / overall) * (1 - local)]);
  return new Map([[own, local], ...spilled]);
}
