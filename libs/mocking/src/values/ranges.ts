/** The bounds of buf.validate's rules for numbers, times and durations. */
export interface BoundRules<T> {
  readonly lessThan: { readonly case: string | undefined; readonly value?: unknown };
  readonly greaterThan: { readonly case: string | undefined; readonly value?: unknown };
  readonly in?: readonly T[];
  readonly notIn?: readonly T[];
  readonly example?: readonly T[];
}

/** Both ends included; absent: open. */
export interface Range {
  readonly min?: bigint;
  readonly max?: bigint;
}

/**
 * The whole numbers that bounds allow.
 * @param read makes a number of a bound's value
 */
export function rangeOf<T>(rules: BoundRules<T> | undefined, read: (value: T) => bigint): Range {
  if (rules === undefined) return {};
  const { lessThan, greaterThan } = rules;
  const min = bound(greaterThan, 'gt', 'gte', 1n, read);
  const max = bound(lessThan, 'lt', 'lte', -1n, read);
  // With the bounds crossed everything outside is allowed: what lies above is.
  return min !== undefined && max !== undefined && max < min ? { min } : { min, max };
}

function bound<T>(
  { case: kind, value }: BoundRules<T>['lessThan'],
  exclusive: string,
  inclusive: string,
  step: bigint,
  read: (value: T) => bigint,
): bigint | undefined {
  if (kind === exclusive) return read(value as T) + step;
  return kind === inclusive ? read(value as T) : undefined;
}
