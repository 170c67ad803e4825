import type { SeededRandom } from '../random';

const WORDS = [
  'amber',
  'birch',
  'cedar',
  'delta',
  'ember',
  'fjord',
  'grove',
  'harbor',
  'indigo',
  'juniper',
  'kestrel',
  'lagoon',
  'maple',
  'nectar',
  'orchid',
  'prairie',
  'quartz',
  'river',
  'saffron',
  'tundra',
  'violet',
  'willow',
];

/** A word in lower case. */
export const word = (random: SeededRandom): string => random.pick(WORDS);

/** A word with a capital. */
export const title = (random: SeededRandom): string => {
  const plain = word(random);
  return plain[0]!.toUpperCase() + plain.slice(1);
};

/** Three to six words. */
export function sentence(random: SeededRandom): string {
  const words = Array.from({ length: random.integer(3, 6) }, () => word(random)).join(' ');
  return `${words[0]!.toUpperCase()}${words.slice(1)}.`;
}
