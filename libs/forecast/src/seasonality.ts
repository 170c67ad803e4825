/** A season found in a series. */
export interface Season {
  /** Its length in values of the series; refined between them, so it needn't be whole. */
  readonly period: number;
  /** Correlation of the series with itself one period before: up to 1. */
  readonly correlation: number;
}

/** Fewer values to a period don't show a shape. */
const SHORTEST = 8;
/** A series must have seen its season twice, and be long enough that chance doesn't look like one. */
const LEAST_VALUES = 48;
const LEAST_CORRELATION = 0.3;
/** So many standard errors (1/√pairs) above what noise would give. */
const LEAST_SIGNIFICANCE = 4;
/** A smooth series resembles itself a moment before: a season is a hill behind a valley, this much higher. */
const LEAST_PROMINENCE = 0.2;
/** Twice a period correlates as well as the period: the first that is nearly the best is the period. */
const NEARLY_BEST = 0.9;
/** Differences that small, of the largest value, come from calculating. */
const ROUNDING = 1e-9;

/**
 * Finds the strongest season of a series by autocorrelation, after taking out its straight line.
 * @param values evenly spaced; NaN where one is missing
 * @returns null when there is none, or the series has not yet seen two of it
 */
export function findSeason(values: Float64Array): Season | null {
  if (values.length < LEAST_VALUES) return null;
  const correlations = autocorrelations(detrended(values), Math.floor(values.length / 2) + 1);
  const hills = hillsOf(correlations, values.length);
  const best = Math.max(...hills.map((lag) => correlations[lag]!));
  const lag = hills.find((each) => correlations[each]! >= NEARLY_BEST * best);
  if (lag === undefined) return null;
  return { period: lag + summitOffset(correlations, lag), correlation: correlations[lag]! };
}

function hillsOf(correlations: Float64Array, count: number): number[] {
  const hills: number[] = [];
  let valley = 1;
  for (let lag = 1; lag < correlations.length - 1; lag++) {
    const here = correlations[lag]!;
    valley = Math.min(valley, here);
    const bound = Math.max(LEAST_CORRELATION, LEAST_SIGNIFICANCE / Math.sqrt(count - lag), valley + LEAST_PROMINENCE);
    const isSummit = here >= correlations[lag - 1]! && here >= correlations[lag + 1]!;
    if (lag >= SHORTEST && isSummit && here >= bound) hills.push(lag);
  }
  return hills;
}

/** Where the parabola through a summit and its neighbours is highest, from the summit: -0.5 to 0.5. */
function summitOffset(correlations: Float64Array, lag: number): number {
  const [left, here, right] = [correlations[lag - 1]!, correlations[lag]!, correlations[lag + 1]!];
  const curvature = left - 2 * here + right;
  return curvature < 0 ? (0.5 * (left - right)) / curvature : 0;
}

/**
 * Correlations of the series with itself, by how many values before: each over the part that both have. Their mean is taken
 * to be 0, which it is without the straight line.
 */
function autocorrelations(series: Float64Array, longest: number): Float64Array {
  const { length } = series;
  const energy = new Float64Array(length + 1);
  for (let i = 0; i < length; i++) energy[i + 1] = energy[i]! + series[i]! ** 2;
  const correlations = new Float64Array(longest + 1);
  for (let lag = 1; lag <= longest; lag++) {
    let product = 0;
    for (let i = lag; i < length; i++) product += series[i - lag]! * series[i]!;
    const scale = Math.sqrt(energy[length - lag]!) * Math.sqrt(energy[length]! - energy[lag]!);
    correlations[lag] = scale > 0 ? product / scale : 0;
  }
  return correlations;
}

/**
 * The series without its straight line, scaled to at most 1, so that squares stay finite. What is missing is 0: it speaks
 * neither for a season nor against one.
 */
function detrended(values: Float64Array): Float64Array {
  const line = straightLine(values);
  const rest = values.map((value, i) => (value === value ? value - line(i) : 0));
  const largest = highest(rest);
  // What is left of a straight line is rounding, and that mustn't look like a season.
  if (largest <= highest(values) * ROUNDING) return rest.fill(0);
  return rest.map((value) => value / largest);
}

/** The largest absolute value. */
function highest(values: Float64Array): number {
  let largest = 0;
  // NaN isn't above anything.
  for (let i = 0; i < values.length; i++) if (Math.abs(values[i]!) > largest) largest = Math.abs(values[i]!);
  return largest;
}

/** The straight line of least squares through the values that are there. */
export function straightLine(values: Float64Array): (index: number) => number {
  let [count, sumX, sumY] = [0, 0, 0];
  for (const [x, y] of values.entries()) {
    if (y !== y) continue;
    count++;
    sumX += x;
    sumY += y;
  }
  if (count === 0) return () => 0;
  const [meanX, meanY] = [sumX / count, sumY / count];
  let [covariance, variance] = [0, 0];
  for (const [x, y] of values.entries()) {
    if (y !== y) continue;
    covariance += (x - meanX) * (y - meanY);
    variance += (x - meanX) ** 2;
  }
  const slope = variance > 0 ? covariance / variance : 0;
  return (index) => meanY + slope * (index - meanX);
}
