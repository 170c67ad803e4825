import { RE2JS } from 're2js';

/** Patterns that are kept compiled. What a contract writes comes first; more than that are made by CEL from requests. */
const KEPT = 1_024;
/** A longer pattern is refused: compiling one costs in proportion to it, and CEL may take it from a request. */
const MAX_LENGTH = 2_000;

/** A pattern that isn't RE2's. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

/**
 * Regular expressions in RE2's syntax. They match in time linear in the text, whatever the pattern: one that takes
 * exponential time in JavaScript's engine would let a single request stop the process.
 */
export class Patterns {
  private readonly compiled = new Map<string, RE2JS>();

  /** @throws PatternError */
  compile(pattern: string): RE2JS {
    const known = this.compiled.get(pattern);
    if (known !== undefined) return known;
    const compiled = parse(pattern);
    // When it is full nothing is pushed out: what requests bring mustn't displace what the contract says.
    if (this.compiled.size < KEPT) this.compiled.set(pattern, compiled);
    return compiled;
  }

  /** Whether some part of the text matches. In the form that protovalidate asks. */
  readonly match = (pattern: string, text: string): boolean => this.compile(pattern).test(text);
}

function parse(pattern: string): RE2JS {
  if (pattern.length > MAX_LENGTH) throw new PatternError(`a pattern is longer than ${MAX_LENGTH} characters`);
  try {
    return RE2JS.compile(pattern);
  } catch (cause) {
    throw new PatternError((cause as Error).message, { cause });
  }
}
