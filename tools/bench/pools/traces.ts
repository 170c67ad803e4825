import { seededRandom } from './random';

/** A load over time. */
export interface Trace {
  readonly name: string;
  readonly about: string;
  readonly lengthMs: number;
  /** Calls per second at a time: 0 to `lengthMs`. */
  rate(atMs: number): number;
  /** When a season or an event has been seen often enough that learning is over: measured from there. */
  readonly measureFromMs: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What a trace is made of. */
export interface TraceOptions {
  readonly seed: number;
  /** Calls per second on an ordinary moment. */
  readonly base: number;
  /** Length in hours of the trace's own time. */
  readonly hours: number;
}

/** Days of two hours each: quiet nights, a hill by day, ± 20 % from day to day and 10 % from minute to minute. */
export function diurnal({ seed, base, hours }: TraceOptions): Trace {
  const day = 2 * HOUR;
  const minutes = factors(seed, hours * 60, 0.1);
  const days = factors(seed + 1, hours, 0.2);
  return {
    name: 'diurnal',
    about: 'days of two hours, 1:10 from night to noon',
    lengthMs: hours * HOUR,
    measureFromMs: (hours * HOUR) / 2,
    rate: (at) => {
      const hill = 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / day);
      return base * (0.2 + 1.8 * hill ** 2 * days[Math.floor(at / day)]!) * minutes[Math.floor(at / MINUTE)]!;
    },
  };
}

/** Every half hour, on the minute, six times the load for a minute: jobs that a clock starts. */
export function scheduled({ seed, base, hours }: TraceOptions): Trace {
  const minutes = factors(seed, hours * 60, 0.1);
  return {
    name: 'scheduled',
    about: 'six times the load for a minute of every half hour',
    lengthMs: hours * HOUR,
    measureFromMs: (hours * HOUR) / 2,
    rate: (at) => base * minutes[Math.floor(at / MINUTE)]! * (at % (HOUR / 2) < MINUTE ? 6 : 1),
  };
}

/** Now and then, nobody knows when, five times the load for half a minute. */
export function spike({ seed, base, hours }: TraceOptions): Trace {
  const minutes = factors(seed, hours * 60, 0.1);
  const starts = moments(seed + 1, hours, hours * 2);
  return {
    name: 'spike',
    about: 'five times the load for 30 s, twice an hour, at random',
    lengthMs: hours * HOUR,
    measureFromMs: (hours * HOUR) / 2,
    rate: (at) => {
      const isSpike = starts.some((start) => at >= start && at < start + MINUTE / 2);
      return base * minutes[Math.floor(at / MINUTE)]! * (isSpike ? 5 : 1);
    },
  };
}

/** A link is shared: ten times the load within 20 s, then half of what is left every three minutes. */
export function flashCrowd({ seed, base, hours }: TraceOptions): Trace {
  const minutes = factors(seed, hours * 60, 0.1);
  const starts = moments(seed + 1, hours, Math.ceil(hours / 3));
  return {
    name: 'flash crowd',
    about: 'ten times the load within 20 s, every few hours, at random, decaying',
    lengthMs: hours * HOUR,
    measureFromMs: (hours * HOUR) / 2,
    rate: (at) => {
      const crowd = starts.reduce((sum, start) => sum + crowdAt(at - start), 0);
      return base * (minutes[Math.floor(at / MINUTE)]! + 9 * crowd);
    },
  };
}

const crowdAt = (since: number): number =>
  since < 0 ? 0 : Math.min(1, since / 20_000) * 0.5 ** (Math.max(0, since - 20_000) / (3 * MINUTE));

/** All of them, in the order of the table. */
export const generated = (options: TraceOptions): Trace[] => [
  diurnal(options),
  scheduled(options),
  spike(options),
  flashCrowd(options),
];

/**
 * A recorded trace: lines of `seconds,calls per second`, in order; between them it is interpolated. A first line that
 * isn't numbers is a heading.
 * @throws Error naming the line that isn't such
 */
export function fromCsv(name: string, text: string): Trace {
  const rows = text.split('\n').map((line) => line.trim());
  const points: { at: number; rate: number }[] = [];
  for (const [i, row] of rows.entries()) {
    if (row === '') continue;
    const [seconds, rate, ...more] = row.split(',').map((cell) => (cell.trim() === '' ? Number.NaN : Number(cell)));
    const isPoint = Number.isFinite(seconds) && Number.isFinite(rate) && rate! >= 0 && more.length === 0;
    const inOrder = points.length === 0 || seconds! * 1_000 > points.at(-1)!.at;
    if (isPoint && inOrder) points.push({ at: seconds! * 1_000, rate: rate! });
    else if (i > 0)
      throw new Error(`${name}, line ${i + 1}: expected "seconds,calls per second" in order, got "${row}"`);
  }
  if (points.length < 2) throw new Error(`${name}: a trace needs two points`);
  return fromPoints(name, points);
}

function fromPoints(name: string, points: readonly { at: number; rate: number }[]): Trace {
  const start = points[0]!.at;
  const lengthMs = points.at(-1)!.at - start;
  let index = 0;
  const rate = (at: number): number => {
    const time = start + at;
    // Asked in order of time, mostly: the place of the last answer is where to look.
    if (points[index]!.at > time) index = 0;
    while (index < points.length - 2 && points[index + 1]!.at <= time) index++;
    const [a, b] = [points[index]!, points[index + 1]!];
    const share = Math.min(1, (time - a.at) / (b.at - a.at));
    return a.rate + share * (b.rate - a.rate);
  };
  return { name, about: 'recorded', lengthMs, measureFromMs: lengthMs / 2, rate };
}

/** Factors around 1, each up to `spread` away. */
function factors(seed: number, count: number, spread: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: Math.ceil(count) + 1 }, () => 1 + spread * (2 * random() - 1));
}

/** Moments, one at random in each of `count` equal parts of the time. */
function moments(seed: number, hours: number, count: number): number[] {
  const random = seededRandom(seed);
  const part = (hours * HOUR) / count;
  return Array.from({ length: count }, (_, i) => (i + random()) * part);
}
