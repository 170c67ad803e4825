import type { FieldError } from '@gateway/errors';
import { escapeKey } from './json-pointer';

/** What a JSON text may hold. */
export interface JsonTextLimits {
  /** Arrays and objects inside each other. */
  readonly nesting: number;
  /** Members of all objects together. */
  readonly members: number;
}

/** An array or object that is open: the names seen in it (null: an array), and where in it we are. */
interface Frame {
  readonly names: Set<string> | null;
  at: string | number;
}

const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Looks for what JSON.parse lets pass: a name that stands twice in an object, of which it takes the last and other parsers
 * the first (RFC 8259 §4), so that what was checked isn't what is acted on; and sizes out of bounds.
 * @param text what JSON.parse has accepted
 * @returns null: there is nothing of it
 */
export function scanJson(text: string, { nesting, members }: JsonTextLimits): FieldError | null {
  const open: Frame[] = [];
  let top: Frame | undefined;
  let expectsName = false;
  let left = members;
  for (let index = 0; index < text.length; index++) {
    const char = text.charCodeAt(index);
    if (char === QUOTE) {
      const end = endOfString(text, index);
      if (expectsName) {
        const name = nameOf(text, index, end);
        top!.at = name;
        if (top!.names!.has(name)) return problem(open, 'duplicate', 'the name stands twice in its object');
        top!.names!.add(name);
        if (--left < 0) return problem([], 'size', `more than ${members} members`);
      }
      index = end;
    } else if (char === OPEN_OBJECT || char === OPEN_ARRAY) {
      expectsName = char === OPEN_OBJECT;
      open.push((top = { names: expectsName ? new Set() : null, at: 0 }));
      if (open.length > nesting) return problem([], 'depth', `nested deeper than ${nesting}`);
    } else if (char === CLOSE_OBJECT || char === CLOSE_ARRAY) {
      open.pop();
      top = open[open.length - 1];
      expectsName = false;
    } else if (char === COMMA) {
      expectsName = top!.names !== null;
      if (typeof top!.at === 'number') top!.at += 1;
    } else if (char === COLON) expectsName = false;
  }
  return null;
}

/** The index of the quote that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

/** Whether an odd number of backslashes stands before it. */
function isEscaped(text: string, index: number): boolean {
  let before = index - 1;
  while (text.charCodeAt(before) === BACKSLASH) before--;
  return (index - before) % 2 === 0;
}

/** `"a"` and `"\u0061"` are one name. */
function nameOf(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end);
  return raw.includes('\\') ? (JSON.parse(text.slice(start, end + 1)) as string) : raw;
}

const problem = (open: readonly Frame[], rule: string, detail: string): FieldError => ({
  pointer: open.map(({ at }) => `/${escapeKey(String(at))}`).join(''),
  rule,
  detail,
});
