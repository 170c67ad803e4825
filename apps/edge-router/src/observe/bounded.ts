/** What stands for all values that are too many to be told apart. */
export const OTHER = 'other';

/** Whether a label's value belongs to those that are told apart. The first ones do. */
export function bounded(known: Set<string>, value: string, max: number): boolean {
  if (known.has(value)) return true;
  if (known.size >= max) return false;
  known.add(value);
  return true;
}
