import type { HistoryLevel } from './load-history';
import type { SeasonStart } from './seasonal-holt-winters';
import { SeasonalProfile } from './seasonal-profile';
import { straightLine } from './seasonality';

/** More slots than a week of ten minutes has would be noise. */
const MOST_SLOTS = 1_024;
/** Values at the end whose mean is the level that a model begins with. */
const RECENT = 6;

/**
 * What a season's model begins with: the mean of the history by phase, around its straight line.
 * @param period in buckets
 * @param bucket index of the next bucket
 */
export function seasonStart(history: HistoryLevel, period: number, bucket: number): SeasonStart {
  const values = history.values();
  const slots = Math.max(1, Math.min(MOST_SLOTS, Math.round(period / history.span)));
  const line = straightLine(values);
  const profile = new SeasonalProfile(period, meansByPhase(history, values, line, { period, slots }));
  profile.centre();
  return { profile, level: recentLevel(history, values, profile), bucket };
}

function meansByPhase(
  { firstBucket, span }: HistoryLevel,
  values: Float64Array,
  line: (index: number) => number,
  { period, slots }: { period: number; slots: number },
): Float64Array {
  const sums = new Float64Array(slots);
  const counts = new Float64Array(slots);
  for (const [i, value] of values.entries()) {
    if (value !== value) continue;
    const middle = firstBucket + (i + 0.5) * span;
    const slot = Math.floor(((middle % period) / period) * slots) % slots;
    sums[slot]! += value - line(i);
    counts[slot]!++;
  }
  return sums.map((sum, slot) => (counts[slot] === 0 ? 0 : sum / counts[slot]!));
}

/** The mean of the last values without their season. */
function recentLevel({ firstBucket, span }: HistoryLevel, values: Float64Array, profile: SeasonalProfile): number {
  let [sum, count] = [0, 0];
  for (let i = values.length - 1; i >= 0 && count < RECENT; i--) {
    const value = values[i]!;
    if (value !== value) continue;
    sum += value - profile.at(firstBucket + (i + 0.5) * span - 0.5);
    count++;
  }
  return count === 0 ? 0 : sum / count;
}
