import { ScalarType } from '@bufbuild/protobuf';
import type { FieldRules } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import type { SeededRandom } from '../random';
import { given } from '../rules';
import { type BoundRules, type Range, rangeOf } from './ranges';

type NumberRules = BoundRules<number | bigint> & { readonly const?: number | bigint };

const [I32, U32, I64, U64] = [2n ** 31n, 2n ** 32n, 2n ** 63n, 2n ** 64n];
const SIGNED_32 = { min: -I32, max: I32 - 1n };
const SIGNED_64 = { min: -I64, max: I64 - 1n };
const UNSIGNED_32 = { min: 0n, max: U32 - 1n };
const UNSIGNED_64 = { min: 0n, max: U64 - 1n };

/** What fits into each integer type. */
const FITS: Partial<Record<ScalarType, Required<Range>>> = {
  [ScalarType.INT32]: SIGNED_32,
  [ScalarType.SINT32]: SIGNED_32,
  [ScalarType.SFIXED32]: SIGNED_32,
  [ScalarType.UINT32]: UNSIGNED_32,
  [ScalarType.FIXED32]: UNSIGNED_32,
  [ScalarType.INT64]: SIGNED_64,
  [ScalarType.SINT64]: SIGNED_64,
  [ScalarType.SFIXED64]: SIGNED_64,
  [ScalarType.UINT64]: UNSIGNED_64,
  [ScalarType.FIXED64]: UNSIGNED_64,
};

/** How many numbers are chosen from when a rule leaves more. */
const USUAL = 1_000n;
/** How often another number is tried when one is forbidden by name. */
const TRIES = 16;

/** Whether a scalar is a whole number. */
export const isInteger = (type: ScalarType): boolean => FITS[type] !== undefined;

/** A whole number that its rules allow, in proto JSON: 64-bit ones as text. */
export function integerValue(
  type: ScalarType,
  rules: FieldRules['type']['value'],
  random: SeededRandom,
): number | string {
  const fits = FITS[type]!;
  const value = chosen(rules as NumberRules | undefined, random) ?? fromRange(rules as NumberRules, fits, random);
  return fits === SIGNED_64 || fits === UNSIGNED_64 ? String(value) : Number(value);
}

function fromRange(rules: NumberRules | undefined, fits: Required<Range>, random: SeededRandom): bigint {
  const { min, max } = withinUsual(rangeOf(rules, BigInt), fits);
  const forbidden = new Set((rules?.notIn ?? []).map(BigInt));
  let value = random.bigInteger(min, max);
  for (let tries = 0; forbidden.has(value) && tries < TRIES; tries++) value = value < max ? value + 1n : min;
  return value;
}

/** Small positive numbers, where the rules allow them. */
export function withinUsual({ min, max }: Range, fits: Required<Range>): Required<Range> {
  const low = min ?? (max === undefined || max >= 1n ? 1n : max - USUAL + 1n);
  const high = max ?? low + USUAL - 1n;
  const from = low < fits.min ? fits.min : low;
  const to = high > fits.max ? fits.max : high;
  return to < from ? { min: from, max: from } : { min: from, max: to };
}

/** A floating-point number that its rules allow. */
export function floatValue(type: ScalarType, rules: FieldRules['type']['value'], random: SeededRandom): number {
  const numbers = rules as BoundRules<number> | undefined;
  const named = chosen(numbers as NumberRules | undefined, random);
  if (named !== undefined) return Number(named);
  const [low, high] = openRange(numbers);
  const value = low + (high - low) * (0.25 + random.unit() / 2);
  // Two decimals read well, where they stay inside; else what a float can hold.
  const short = Math.round(value * 100) / 100;
  if (short > low && short < high) return type === ScalarType.FLOAT ? Math.fround(short) : short;
  return type === ScalarType.FLOAT ? Math.fround(value) : value;
}

/** Bounds that a value between them keeps, whether they are included or not. */
function openRange(rules: BoundRules<number> | undefined): [number, number] {
  const low = boundOf(rules?.greaterThan);
  const high = boundOf(rules?.lessThan);
  if (low === undefined) return high === undefined ? [0, 1_000] : [high > 0 ? 0 : high - 1_000, high];
  if (high === undefined || high < low) return [low, low + Math.max(1_000, Math.abs(low))];
  return [low, high];
}

const boundOf = (bound: BoundRules<number>['lessThan'] | undefined): number | undefined =>
  bound?.case === undefined ? undefined : (bound.value as number);

/** What the rules name: the one value, one of the author's examples, or one of those allowed. */
export function chosen<Value>(
  rules: { readonly const?: Value; readonly in?: readonly Value[]; readonly example?: readonly Value[] } | undefined,
  random: SeededRandom,
): Value | undefined {
  const fixed = given(rules, 'const');
  if (fixed !== undefined) return fixed;
  if (rules?.example?.length) return random.pick(rules.example);
  return rules?.in?.length ? random.pick(rules.in) : undefined;
}
