/** A version as a segment of a path has it: `v1`, `v2beta1`. */
const PATH_VERSION = /^v\d[a-z0-9]{0,30}$/;

/** Whether a segment of a path names a version, one that exists or not. */
export const isVersion = (segment: string): boolean => PATH_VERSION.test(segment);

/** A version as people write it in a header: `v1`, `V1` and `1` are one. */
export function readVersion(text: string): string {
  const lower = text.trim().toLowerCase();
  return /^\d/.test(lower) ? `v${lower}` : lower;
}

const PARTS = /\d+|\D+/g;

/** Behind its number a version's stages stand before the version itself: v2alpha1 < v2beta1 < v2 < v10. */
const END = '\x7f';

/** Orders versions, the oldest first: numbers by value, stages such as `beta` before the version that they lead to. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const order = comparePart(left[i] ?? END, right[i] ?? END);
    if (order !== 0) return order;
  }
  return 0;
}

const partsOf = (version: string): string[] => version.match(PARTS) ?? [];

function comparePart(a: string, b: string): number {
  const difference = Number(a) - Number(b);
  // Not a number when one of them is text.
  if (!Number.isNaN(difference) && difference !== 0) return difference;
  return a < b ? -1 : Number(a > b);
}
