const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * A hash of a text, 0 to 2³²−1, the same in every process: FNV-1a over its UTF-16 units, mixed so that texts that differ in
 * one character differ in every bit. Spreads keys; keeps nobody from finding collisions.
 * @param seed another seed gives an independent hash
 */
export function hashText(text: string, seed = 0): number {
  let hash = FNV_OFFSET ^ seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  return mix(hash);
}

/** Another hash, 0 to 2³²−1, of a hash: the finaliser of MurmurHash3. */
export function mix(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

const GOLDEN = 0x9e3779b9;

/** The hash to go on with when what the first one led to can't be used. */
export const rehash = (hash: number): number => mix(hash + GOLDEN);

/** A hash as a number in [0, 1). */
export const unitOf = (hash: number): number => hash / 0x1_0000_0000;
