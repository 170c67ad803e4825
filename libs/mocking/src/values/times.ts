import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt';
import type { SeededRandom } from '../random';
import { given, type RulesOf } from '../rules';
import { chosen } from './numbers';
import { rangeOf } from './ranges';

const NANOS = 1_000_000_000n;
const SECOND = NANOS;
const YEAR = 31_536_000n * SECOND;
/** The usual times lie in 2024 and 2025: long past, whatever the clock says. */
const USUAL_TIME = { min: 1_704_067_200n * SECOND, max: 1_767_225_600n * SECOND };
/** For times that must lie ahead: the year 2100. */
const FAR = 4_102_444_800n * SECOND;
const USUAL_DURATION = { min: SECOND, max: 60n * SECOND };

type Nanos = Pick<Timestamp, 'seconds' | 'nanos'>;

const toNanos = ({ seconds, nanos }: Nanos): bigint => seconds * NANOS + BigInt(nanos);

/** Seconds, and nanoseconds of the same sign. */
const split = (total: bigint): Nanos => ({ seconds: total / NANOS, nanos: Number(total % NANOS) });

/**
 * A time that its rules allow. It depends on the seed alone, but for `within`, which depends on now.
 * @param now milliseconds since the Unix epoch
 */
export function timestampValue(rules: RulesOf<'timestamp'> | undefined, random: SeededRandom, now: number): Nanos {
  const named = chosen(rules, random);
  if (named !== undefined) return named;
  if (given(rules, 'within') !== undefined) return split((BigInt(now) / 1_000n) * SECOND);
  const { min, max } = rangeOf<Timestamp>(rules, toNanos);
  if (rules?.greaterThan.case === 'gtNow') return ranged(FAR, max, YEAR, random);
  if (min === undefined && max === undefined) return ranged(USUAL_TIME.min, USUAL_TIME.max, YEAR, random);
  return min === undefined ? ranged(max! - YEAR, max, YEAR, random) : ranged(min, max, YEAR, random);
}

/** A duration that its rules allow. */
export function durationValue(rules: RulesOf<'duration'> | undefined, random: SeededRandom): Nanos {
  const named = chosen<Duration>(rules, random);
  if (named !== undefined) return named;
  const { min, max } = rangeOf<Duration>(rules, toNanos);
  if (min === undefined && max === undefined) return ranged(USUAL_DURATION.min, USUAL_DURATION.max, SECOND, random);
  const least = min ?? (max! > 0n ? 0n : max! - USUAL_DURATION.max);
  return ranged(least, max, USUAL_DURATION.max, random);
}

/** Whole seconds, where there is one between the ends. */
function ranged(min: bigint, max: bigint | undefined, usual: bigint, random: SeededRandom): Nanos {
  const value = random.bigInteger(min, max ?? min + usual);
  const whole = value - (((value % SECOND) + SECOND) % SECOND);
  return split(whole >= min ? whole : value);
}
