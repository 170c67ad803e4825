/** Whole numbers from `first` to `last`, both included. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** Whether a number lies in one of the ranges. */
export const includesNumber = (ranges: readonly Range[], number: number): boolean =>
  ranges.some(({ first, last }) => number >= first && number <= last);

/** Whether every number of a range lies in one of the ranges, however they are cut. */
export function coversRange(ranges: readonly Range[], { first, last }: Range): boolean {
  let next = first;
  for (const range of ranges.toSorted((one, other) => one.first - other.first)) {
    if (range.first > next) break;
    next = Math.max(next, range.last + 1);
  }
  return next > last;
}
