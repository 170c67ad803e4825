import type { Duration } from '@bufbuild/protobuf/wkt';
import type { Report } from './policy-rules';

export const SECOND_MS = 1_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** A token of RFC 9110 §5.6.2: header names, HTTP methods. */
export const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** The name of a limit or a tag: it stands in headers, metrics and keys. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/;
/** The type of a domain event. */
export const EVENT_NAME = /^[a-z][a-z0-9_.]{0,127}$/;

/** A duration in milliseconds, or NaN for one that protobuf doesn't allow (signs that differ, nanos out of range). */
export function milliseconds({ seconds, nanos }: Duration): number {
  const total = Number(seconds) * 1_000 + nanos / 1e6;
  const consistent = Math.abs(nanos) <= 999_999_999 && (nanos === 0 || seconds === 0n || seconds > 0n === nanos > 0);
  return consistent ? total : Number.NaN;
}

/** Reports a duration that is present and lies outside of [min, max] milliseconds. */
export function checkDuration(
  report: Report,
  field: string,
  value: Duration | undefined,
  min: number,
  max: number,
): void {
  if (value === undefined) return;
  const ms = milliseconds(value);
  if (!(ms >= min && ms <= max)) report(field, `must be between ${min / 1000} s and ${max / 1000} s`);
}

/** Reports names that occur twice. */
export function checkUnique(report: Report, field: string, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) report(field, `"${twice}" occurs twice`);
}
