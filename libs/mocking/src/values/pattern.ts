import type { SeededRandom } from '../random';

/** A piece of a pattern, as far as texts can be made for it. */
type Node =
  | { readonly kind: 'chars'; readonly chars: string }
  | { readonly kind: 'sequence'; readonly nodes: readonly Node[] }
  | { readonly kind: 'choice'; readonly nodes: readonly Node[] }
  | { readonly kind: 'repeat'; readonly node: Node; readonly min: number; readonly max: number };

const span = (from: string, to: string): string => {
  let chars = '';
  for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code++) chars += String.fromCharCode(code);
  return chars;
};
const DIGITS = span('0', '9');
const WORD = `${DIGITS}${span('A', 'Z')}_${span('a', 'z')}`;
const PRINTABLE = span(' ', '~');
const without = (chars: string): string => [...PRINTABLE].filter((char) => !chars.includes(char)).join('');
const ESCAPES: Readonly<Record<string, string>> = {
  d: DIGITS,
  w: WORD,
  s: ' ',
  D: without(DIGITS),
  W: without(WORD),
  S: without(' '),
  t: '\t',
  n: '\n',
};
/** A quantifier or a text longer than that isn't made. */
const MAX_REPEAT = 4_096;
/** Pieces that one text is made of: repetitions of repetitions would make it any length. */
const MAX_STEPS = 16_384;

/**
 * A regular expression that texts can be made from: literals, classes, groups, alternatives and repetitions. What is made is
 * a proposal: whoever asks checks it with the real engine.
 */
export class PatternText {
  private constructor(private readonly root: Node) {}

  /** Null: it has something that isn't understood here. */
  static read(pattern: string): PatternText | null {
    try {
      return new PatternText(new Reader(pattern).read());
    } catch {
      // Or it is nested deeper than the stack.
      return null;
    }
  }

  /**
   * A text; one that would be too long ends early, and so doesn't match.
   * @param spread how many repetitions beyond the least are used at most
   */
  make(random: SeededRandom, spread: number): string {
    let left = MAX_STEPS;
    const write = (node: Node): string => {
      if (left-- <= 0) return '';
      if (node.kind === 'chars') return node.chars === '' ? '' : random.pick([...node.chars]);
      if (node.kind === 'choice') return write(random.pick(node.nodes));
      if (node.kind === 'sequence') return node.nodes.map(write).join('');
      const count = random.integer(node.min, Math.max(node.min, Math.min(node.max, node.min + spread)));
      let text = '';
      for (let index = 0; index < count && left > 0; index++) text += write(node.node);
      return text;
    };
    return write(this.root);
  }
}

class NotUnderstood extends Error {}

/** Recursive descent over the pattern's characters. */
class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  read(): Node {
    const node = this.choice();
    if (this.at < this.text.length) throw new NotUnderstood();
    return node;
  }

  private choice(): Node {
    const nodes = [this.sequence()];
    while (this.take('|')) nodes.push(this.sequence());
    return nodes.length === 1 ? nodes[0]! : { kind: 'choice', nodes };
  }

  private sequence(): Node {
    const nodes: Node[] = [];
    while (this.at < this.text.length && !'|)'.includes(this.text[this.at]!)) nodes.push(this.repeated(this.atom()));
    return { kind: 'sequence', nodes };
  }

  private atom(): Node {
    const char = this.next();
    if (char === '^' || char === '$') return { kind: 'sequence', nodes: [] };
    if (char === '.') return { kind: 'chars', chars: WORD };
    if (char === '[') return { kind: 'chars', chars: this.charClass() };
    if (char === '\\') return { kind: 'chars', chars: this.escape() };
    if (char === '(') return this.group();
    if ('*+?{'.includes(char)) throw new NotUnderstood();
    return { kind: 'chars', chars: char };
  }

  private group(): Node {
    if (this.take('?') && !this.take(':')) throw new NotUnderstood();
    const node = this.choice();
    if (!this.take(')')) throw new NotUnderstood();
    return node;
  }

  private repeated(node: Node): Node {
    const bounds = this.quantifier();
    if (bounds === null) return node;
    // Lazy or not: what is matched is the same.
    this.take('?');
    const [min, max] = bounds;
    if (min > MAX_REPEAT) throw new NotUnderstood();
    return { kind: 'repeat', node, min, max };
  }

  private quantifier(): [number, number] | null {
    if (this.take('*')) return [0, MAX_REPEAT];
    if (this.take('+')) return [1, MAX_REPEAT];
    if (this.take('?')) return [0, 1];
    const counted = /^\{(\d+)(?:(,)(\d*))?\}/.exec(this.text.slice(this.at, this.at + 24));
    if (counted === null) return null;
    this.at += counted[0].length;
    const [, min, comma, max] = counted;
    const most = comma === undefined ? min : max === '' ? MAX_REPEAT : max;
    return [Number(min), Number(most)];
  }

  private escape(): string {
    const char = this.next();
    const known = ESCAPES[char];
    if (known !== undefined) return known;
    // Another letter or digit means something: a boundary, a Unicode class, a code point.
    if (/[A-Za-z0-9]/.test(char)) throw new NotUnderstood();
    return char;
  }

  private charClass(): string {
    const negated = this.take('^');
    let chars = '';
    do {
      let from = this.classChar();
      if (from.length === 1 && this.text[this.at] === '-' && this.text[this.at + 1] !== ']') {
        this.at++;
        const to = this.classChar();
        if (to.length !== 1 || to < from) throw new NotUnderstood();
        from = span(from, to);
      }
      chars += from;
    } while (!this.take(']'));
    return negated ? without(chars) : chars;
  }

  private classChar(): string {
    const char = this.next();
    if (char === '[' && this.text[this.at] === ':') throw new NotUnderstood();
    return char === '\\' ? this.escape() : char;
  }

  private next(): string {
    const char = this.text[this.at++];
    if (char === undefined) throw new NotUnderstood();
    return char;
  }

  private take(char: string): boolean {
    if (this.text[this.at] !== char) return false;
    this.at++;
    return true;
  }
}
