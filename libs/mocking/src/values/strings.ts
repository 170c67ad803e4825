import { RE2JS } from 're2js';
import type { SeededRandom } from '../random';
import { given, type RulesOf } from '../rules';
import { Unsatisfiable } from '../unsatisfiable';
import { email, formatted, uri } from './formats';
import { chosen } from './numbers';
import { PatternText } from './pattern';
import { sentence, title, word } from './words';

type StringRules = RulesOf<'string'>;

/** Longest text that is made, in characters. */
const MAX_LENGTH = 4_096;
/** Texts that are proposed for a pattern: a few of each spread. */
const SPREADS = [2, 4, 8, 16, 32, 64, 128];
const TRIES_PER_SPREAD = 8;

/** What a field's name promises, the first that fits. */
const BY_NAME: readonly (readonly [RegExp, (random: SeededRandom, name: string) => string])[] = [
  // A client that follows pages has to come to an end.
  [/^next_page_token$/, () => ''],
  [/e?mail(_address)?$/, (random) => email(random)],
  [/(^|_)(ur[il]|link|href|website)$/, (random) => uri(random)],
  [/(^|_)id$/, (random, name) => `${name.replace(/_?id$/, '') || 'id'}-${random.hex(6)}`],
  [/(^|_)(token|etag|key|hash|secret|password)$/, (random) => random.hex(16)],
  [/phone/, (random) => `+1-202-555-01${random.integer(10, 99)}`],
  [/(^|_)(language|locale)(_code)?$/, () => 'en'],
  [/(^|_)currency(_code)?$/, () => 'EUR'],
  [/(^|_)country(_code)?$/, () => 'NL'],
  [/name|title/, (random) => `${title(random)} ${title(random)}`],
  [/description|summary|text|comment|message|note/, (random) => sentence(random)],
];

/**
 * A text that its rules allow.
 * @param name the field's, which says what kind of text reads well
 * @throws Unsatisfiable
 */
export function stringValue(name: string, rules: StringRules | undefined, random: SeededRandom): string {
  const named = chosen(rules, random);
  if (named !== undefined) return named;
  if (rules === undefined) return byName(name, random);
  const format = formatted(rules.wellKnown, random);
  if (format !== null) return format;
  return rules.pattern === '' ? fitted(name, rules, random) : matching(rules, random);
}

/** A text that a person reads as masked, of a length that the rules allow. */
export const maskedText = (rules: StringRules | undefined): string => {
  const { min, max } = lengths(rules);
  return '*'.repeat(Math.max(min, Math.min(max, 3)));
};

const byName = (name: string, random: SeededRandom): string => {
  const known = BY_NAME.find(([pattern]) => pattern.test(name));
  return known === undefined ? `${word(random)} ${word(random)}` : known[1](random, name);
};

/** A text of the name's kind, padded or cut to the lengths, with what it has to begin with, contain and end with. */
function fitted(name: string, rules: StringRules, random: SeededRandom): string {
  const { prefix, suffix, contains } = rules;
  const fixed = prefix.length + contains.length + suffix.length;
  const { min, max } = lengths(rules);
  const room = Math.max(0, max - fixed);
  const propose = (): string => {
    let middle = byName(name, random).slice(0, room);
    while (middle.length + fixed < min) middle += word(random).slice(0, Math.max(1, min - fixed - middle.length));
    return `${prefix}${middle.slice(0, room)}${contains}${suffix}`;
  };
  let text = propose();
  for (let tries = 0; tries < TRIES_PER_SPREAD && !isAllowed(text, rules); tries++) text = propose();
  return text;
}

function matching(rules: StringRules, random: SeededRandom): string {
  const maker = PatternText.read(rules.pattern);
  const engine = compile(rules.pattern);
  // A pattern that the engine refuses, nothing matches: it isn't tried.
  for (const spread of maker === null || engine === null ? [] : SPREADS) {
    for (let tries = 0; tries < TRIES_PER_SPREAD; tries++) {
      const text = maker!.make(random, spread);
      if (isAllowed(text, rules) && engine!.test(text)) return text;
    }
  }
  throw new Unsatisfiable(`no text is found for the pattern ${rules.pattern}`);
}

function compile(pattern: string): RE2JS | null {
  try {
    return RE2JS.compile(pattern);
  } catch {
    return null;
  }
}

/** All rules but the pattern. */
function isAllowed(text: string, rules: StringRules): boolean {
  const { min, max } = lengths(rules);
  const forbidden = given(rules, 'notContains');
  return (
    text.length >= min &&
    text.length <= max &&
    !rules.notIn.includes(text) &&
    (forbidden === undefined || !text.includes(forbidden)) &&
    text.startsWith(rules.prefix) &&
    text.endsWith(rules.suffix) &&
    text.includes(rules.contains)
  );
}

/** Of texts in ASCII, where characters and bytes are the same. @throws Unsatisfiable */
function lengths(rules: StringRules | undefined): { min: number; max: number } {
  const exact = given(rules, 'len') ?? given(rules, 'lenBytes');
  const least = [exact, given(rules, 'minLen'), given(rules, 'minBytes')].filter((each) => each !== undefined);
  const most = [exact, given(rules, 'maxLen'), given(rules, 'maxBytes')].filter((each) => each !== undefined);
  const min = Math.max(0, ...least.map(Number));
  if (min > MAX_LENGTH) throw new Unsatisfiable(`a text of ${min} characters is longer than mocks are made`);
  return { min, max: Math.min(MAX_LENGTH, ...most.map(Number)) };
}
