import type { FieldError } from '@gateway/errors';
import { escapeKey } from './json-pointer';

/** What a JSON text may hold. */
export interface JsonTextLimits {
  /** Arrays and objects inside each other. */
  readonly nesting: number;
  /** Members of all objects together. */
  readonly members: number;
  /** What more is asked of a text that is passed on as it came; absent: nothing. */
  readonly strict?: StrictJsonLimits;
}

/** Bounds for what its next reader gets. A message takes only what its fields are, so it needs none of them. */
export interface StrictJsonLimits {
  /** Items of all arrays together, those behind a comma. */
  readonly items: number;
  /** Characters of a name. */
  readonly name: number;
  /** Characters of a number. */
  readonly number: number;
}

/** An array or object that is open: the names seen in it (null: an array), and where in it we are. */
interface Frame {
  readonly names: Set<string> | null;
  at: string | number;
}

const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const [MINUS, ZERO, NINE] = [0x2d, 0x30, 0x39];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Looks for what JSON.parse lets pass: a name that stands twice in an object, of which it takes the last and other parsers
 * the first (RFC 8259 §4), so that what was checked isn't what is acted on; and sizes out of bounds.
 * @param text what JSON.parse has accepted
 * @returns null: there is nothing of it
 */
export function scanJson(text: string, { nesting, members, strict }: JsonTextLimits): FieldError | null {
  const open: Frame[] = [];
  let top: Frame | undefined;
  let expectsName = false;
  let left = members;
  let itemsLeft = strict?.items ?? Number.POSITIVE_INFINITY;
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
        if (strict !== undefined && isUnsafe(open, name, strict)) return problem(open, 'name', 'the name is refused');
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
      if (typeof top!.at === 'number') {
        top!.at += 1;
        if (--itemsLeft < 0) return problem([], 'size', `more than ${strict!.items} items`);
      }
    } else if (char === COLON) expectsName = false;
    else if (strict !== undefined && (char === MINUS || (char >= ZERO && char <= NINE))) {
      const number = numberAt(text, index);
      if (number.length > strict.number || !Number.isFinite(Number(number)))
        return problem(open, 'range', 'the number is too long or too large');
      index += number.length - 1;
    }
  }
  return null;
}

/** Names that readers in JavaScript may take for an object's prototype when they copy it, and those out of bounds. */
function isUnsafe(open: readonly Frame[], name: string, { name: length }: StrictJsonLimits): boolean {
  if (name.length > length || name === '__proto__') return true;
  return name === 'prototype' && open[open.length - 2]?.at === 'constructor';
}

const NUMBER = /[-+.0-9eE]+/y;

function numberAt(text: string, index: number): string {
  NUMBER.lastIndex = index;
  return NUMBER.exec(text)![0];
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
