/** Units of a duration, in milliseconds. */
const DURATION_UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** Units of a size, in bytes. Binary only: a KB that may be 1000 or 1024 is a bug to come. */
const SIZE_UNITS = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

const QUANTITY = /^(\d{1,16}(?:\.\d{1,9})?)([A-Za-z]{1,3})$/;

function parse(text: string, units: Readonly<Record<string, number>>): number | null {
  const [, amount, unit] = QUANTITY.exec(text) ?? [];
  if (amount === undefined || unit === undefined || !Object.hasOwn(units, unit)) return null;
  const value = Number(amount) * units[unit]!;
  const whole = Math.round(value);
  return Number.isSafeInteger(whole) && Math.abs(value - whole) < 1e-6 ? whole : null;
}

function format(value: number, units: Readonly<Record<string, number>>): string {
  const [name, factor] = Object.entries(units).findLast(([, each]) => value >= each && value % each === 0) ?? [
    Object.keys(units)[0]!,
    1,
  ];
  return `${value / factor}${name}`;
}

/** Milliseconds of `250ms`, `10s`, `1.5m`, `2h`, `1d`; null when it isn't a duration of whole milliseconds. */
export const parseDuration = (text: string): number | null => parse(text, DURATION_UNITS);

/** The shortest spelling that `parseDuration` reads back as the same number of milliseconds. */
export const formatDuration = (milliseconds: number): string => format(milliseconds, DURATION_UNITS);

/** Bytes of `512B`, `64KiB`, `1.5MiB`, `1GiB`; null when it isn't a size of whole bytes. */
export const parseSize = (text: string): number | null => parse(text, SIZE_UNITS);

/** The shortest spelling that `parseSize` reads back as the same number of bytes. */
export const formatSize = (bytes: number): string => format(bytes, SIZE_UNITS);
