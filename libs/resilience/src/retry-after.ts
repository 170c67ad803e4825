/** More than that isn't a time that anybody waits for, and wouldn't stay exact: ten digits of seconds. */
const DELTA_SECONDS = /^[0-9]{1,10}$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MONTH = `(${MONTHS.join('|')})`;
const TIME = '([0-9]{2}):([0-9]{2}):([0-9]{2})';
/** RFC 9110 §5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`. */
const IMF_FIXDATE = new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{2}) ${MONTH} ([0-9]{4}) ${TIME} GMT$`);
/** `Sunday, 06-Nov-94 08:49:37 GMT`; obsolete, and still to be understood. */
const RFC850_DATE = new RegExp(
  `^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, ([0-9]{2})-${MONTH}-([0-9]{2}) ${TIME} GMT$`,
);
/** `Sun Nov  6 08:49:37 1994`; obsolete, and still to be understood. */
const ASCTIME_DATE = new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${MONTH} ([ 0-9][0-9]) ${TIME} ([0-9]{4})$`);

/**
 * How long a `Retry-After` field asks to wait (RFC 9110 §10.2.3), in milliseconds, at least 0.
 * @param value the field's value: seconds, or a date
 * @param now milliseconds since the Unix epoch
 * @returns null: the value means nothing
 */
export function parseRetryAfter(value: string, now: number): number | null {
  const text = value.trim();
  if (DELTA_SECONDS.test(text)) return Number(text) * 1_000;
  const date = parseHttpDate(text, now);
  return date === null ? null : Math.max(0, date - now);
}

/** Milliseconds since the Unix epoch of a date of RFC 9110 §5.6.7, in any of its three forms; null: not one. */
export function parseHttpDate(text: string, now: number): number | null {
  const imf = IMF_FIXDATE.exec(text);
  if (imf !== null) return epochOf(imf[3]!, imf[2]!, imf[1]!, imf.slice(4));
  const rfc850 = RFC850_DATE.exec(text);
  if (rfc850 !== null) return epochOf(fullYear(rfc850[3]!, now), rfc850[2]!, rfc850[1]!, rfc850.slice(4));
  const asctime = ASCTIME_DATE.exec(text);
  if (asctime !== null) return epochOf(asctime[6]!, asctime[1]!, asctime[2]!, asctime.slice(3, 6));
  return null;
}

/** A year of two digits that seems to be more than 50 years ahead is the one of a century before (RFC 9110 §5.6.7). */
function fullYear(digits: string, now: number): string {
  const year = new Date(now).getUTCFullYear();
  const inCentury = Math.floor(year / 100) * 100 + Number(digits);
  return String(inCentury > year + 50 ? inCentury - 100 : inCentury);
}

function epochOf(year: string, month: string, day: string, time: readonly string[]): number | null {
  const [hour, minute, second] = time.map(Number) as [number, number, number];
  // A leap second is a second that clocks don't have.
  const valid = hour < 24 && minute < 60 && second <= 60;
  const midnight = new Date(0);
  midnight.setUTCFullYear(Number(year), MONTHS.indexOf(month), Number(day));
  // Day 31 of a month that has 30 would be the next month's first.
  if (!valid || midnight.getUTCDate() !== Number(day)) return null;
  return midnight.getTime() + ((hour * 60 + minute) * 60 + second) * 1_000;
}
