import { escapedLiteral, RESERVED, type SegmentKind, type Template } from './template';

/** What ends at one place of the tree: by method, `*` for all of them. */
export type Leaf<T> = Map<string, T>;

interface Node<T> {
  /** By their text with reserved characters escaped (see {@link escapedLiteral}). */
  literals: Map<string, Node<T>>;
  variable: Node<T> | null;
  any: Node<T> | null;
  /** `**` is always last: only what ends there, by verb. */
  variableRest: Map<string, Leaf<T>>;
  rest: Map<string, Leaf<T>>;
  /** What ends here, by verb; '' is none. */
  ends: Map<string, Leaf<T>>;
}

type EndsOf = 'ends' | 'variableRest' | 'rest';

/** Of most nodes three of the four maps stay empty: they share this one. Nothing is ever put into it. */
const EMPTY = new Map<string, never>();

/** Is told each leaf that a path reaches, the most specific first. */
export interface Visitor<T> {
  /** Answers whether that is enough. */
  visit(leaf: Leaf<T>, segments: readonly string[]): boolean;
}

const newNode = <T>(): Node<T> => ({
  literals: EMPTY,
  variable: null,
  any: null,
  variableRest: EMPTY,
  rest: EMPTY,
  ends: EMPTY,
});

/**
 * The templates of one host as a tree over segments. Precedence is decided segment by segment from the left: literal,
 * variable, `*`, variable `**`, `**`; among equal ones a verb wins. A node is visited at most once per request, so that
 * a request costs at most the tree and usually its own length.
 */
export class PathTree<T> {
  private readonly root = newNode<T>();

  /** The leaf of a template, made when it is new. */
  leaf(template: Template): Leaf<T> {
    let node = this.root;
    let end: EndsOf = 'ends';
    for (const { kind, text } of template.segments) {
      if (kind === 'variableRest' || kind === 'rest') end = kind;
      else node = childOf(node, kind, text);
    }
    if (node[end] === EMPTY) node[end] = new Map();
    const ends = node[end];
    let leaf = ends.get(template.verb);
    if (leaf === undefined) ends.set(template.verb, (leaf = new Map()));
    return leaf;
  }

  /**
   * Visits what matches a path, the most specific first, until the visitor says that it is enough.
   * @param segments of the path; none for `/`
   */
  walk(segments: readonly string[], visitor: Visitor<T>): void {
    const last = segments.at(-1) ?? '';
    const colon = last.lastIndexOf(':');
    const verb = colon < 0 ? '' : last.slice(colon + 1);
    const bare = verb === '' ? segments : segments.with(-1, last.slice(0, colon));
    new Walk(segments, bare, verb, visitor).from(this.root, 0);
  }
}

function childOf<T>(node: Node<T>, kind: Exclude<SegmentKind, 'variableRest' | 'rest'>, text: string): Node<T> {
  if (kind !== 'literal') return (node[kind] ??= newNode());
  const key = escapedLiteral(text);
  let child = node.literals.get(key);
  if (child !== undefined) return child;
  if (node.literals === EMPTY) node.literals = new Map();
  node.literals.set(key, (child = newNode()));
  return child;
}

/** Nearly every segment stands there as it came; one with bare reserved characters under its other form. */
const literalOf = <T>(node: Node<T>, text: string): Node<T> | undefined =>
  node.literals.get(text) ?? (RESERVED.test(text) ? node.literals.get(escapedLiteral(text)) : undefined);

/** One look-up. A path whose last segment holds a colon is two: with the verb taken off, and whole. */
class Walk<T> {
  constructor(
    private readonly whole: readonly string[],
    private readonly bare: readonly string[],
    private readonly verb: string,
    private readonly visitor: Visitor<T>,
  ) {}

  /** Visits what matches from segment `index` on. True: enough. */
  from(node: Node<T>, index: number): boolean {
    if (index === this.whole.length) return this.end(node);
    const isLast = index === this.whole.length - 1;
    const text = this.whole[index]!;
    if (this.literal(node, index, text, isLast)) return true;
    if (text !== '') {
      if (node.variable !== null && this.wildcard(node.variable, index, isLast)) return true;
      if (node.any !== null && this.wildcard(node.any, index, isLast)) return true;
    }
    return this.tail(node);
  }

  private literal(node: Node<T>, index: number, text: string, isLast: boolean): boolean {
    if (isLast && this.verb !== '') {
      const child = literalOf(node, this.bare[index]!);
      if (child !== undefined && this.tell(child.ends, this.verb, this.bare)) return true;
      // `/a/**:v` takes no segment at all of `/a:v`.
      if (child !== undefined && this.emptyTail(child)) return true;
    }
    const child = literalOf(node, text);
    return child !== undefined && this.from(child, index + 1);
  }

  /** An empty segment (a trailing slash, or `/:verb`) is no value for a wildcard. */
  private wildcard(child: Node<T>, index: number, isLast: boolean): boolean {
    if (isLast && this.verb !== '' && this.bare[index] !== '') {
      if (this.tell(child.ends, this.verb, this.bare) || this.emptyTail(child)) return true;
    }
    return this.from(child, index + 1);
  }

  /** Every segment is taken, a verb's colon with it: only what has no verb ends here. */
  private end(node: Node<T>): boolean {
    return (
      this.tell(node.ends, '', this.whole) ||
      this.tell(node.variableRest, '', this.whole) ||
      this.tell(node.rest, '', this.whole)
    );
  }

  private tail(node: Node<T>): boolean {
    return this.tailOf(node.variableRest) || this.tailOf(node.rest);
  }

  private tailOf(ends: Map<string, Leaf<T>>): boolean {
    if (ends.size === 0) return false;
    return (this.verb !== '' && this.tell(ends, this.verb, this.bare)) || this.tell(ends, '', this.whole);
  }

  private emptyTail(node: Node<T>): boolean {
    return this.tell(node.variableRest, this.verb, this.bare) || this.tell(node.rest, this.verb, this.bare);
  }

  private tell(ends: Map<string, Leaf<T>>, verb: string, segments: readonly string[]): boolean {
    const leaf = ends.get(verb);
    return leaf !== undefined && this.visitor.visit(leaf, segments);
  }
}
