import type { SeededRandom } from '../random';
import { given, type RulesOf } from '../rules';
import { Unsatisfiable } from '../unsatisfiable';
import { chosen } from './numbers';
import { PatternText } from './pattern';

type BytesRules = RulesOf<'bytes'>;

const USUAL_LENGTH = 8;
const MAX_LENGTH = 4_096;
/** How many bytes each well-known format has. */
const FORMATS = { ip: 4, ipv4: 4, ipv6: 16, uuid: 16 } as const;

/**
 * Bytes that their rules allow.
 * @throws Unsatisfiable
 */
export function bytesValue(rules: BytesRules | undefined, random: SeededRandom): Uint8Array {
  const named = chosen(rules, random);
  if (named !== undefined) return named;
  if (rules === undefined) return filled(USUAL_LENGTH, random);
  const format = rules.wellKnown.value === true ? rules.wellKnown.case : undefined;
  if (format !== undefined) return filled(FORMATS[format], random);
  if (rules.pattern !== '') return matching(rules.pattern, random);
  return fitted(rules, random);
}

const filled = (length: number, random: SeededRandom): Buffer => Buffer.from(random.hex(length * 2), 'hex');

function matching(pattern: string, random: SeededRandom): Uint8Array {
  const maker = PatternText.read(pattern);
  if (maker === null) throw new Unsatisfiable(`no bytes are found for the pattern ${pattern}`);
  return Buffer.from(maker.make(random, 4));
}

function fitted(rules: BytesRules, random: SeededRandom): Uint8Array {
  const { prefix, contains, suffix } = rules;
  const fixed = prefix.length + contains.length + suffix.length;
  const exact = given(rules, 'len');
  const min = Number(exact ?? given(rules, 'minLen') ?? 0n);
  const max = Number(exact ?? given(rules, 'maxLen') ?? BigInt(Math.max(min, USUAL_LENGTH)));
  if (min > MAX_LENGTH) throw new Unsatisfiable(`${min} bytes are more than mocks are made of`);
  const length = Math.max(min, Math.min(max, USUAL_LENGTH));
  return Buffer.concat([prefix, filled(Math.max(0, length - fixed), random), contains, suffix]);
}
