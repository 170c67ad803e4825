/** What one segment of a template accepts. `variable` and `variableRest` are `*` and `**` inside a variable. */
export type SegmentKind = 'literal' | 'variable' | 'any' | 'variableRest' | 'rest';

/** One segment of a template. */
export interface TemplateSegment {
  readonly kind: SegmentKind;
  /** The literal in canonical percent-encoding; empty for wildcards. */
  readonly text: string;
}

/** A variable and the segments that it captures. */
export interface TemplateVariable {
  /** The field path, such as `['parent', 'name']` for `{parent.name}`. */
  readonly path: readonly string[];
  /** Index of the first captured segment. */
  readonly from: number;
  /** Index after the last captured segment; -1: up to the end of the path (`**`). */
  readonly to: number;
  /** False for `{x}` and `{x=*}`; decides how a capture is decoded ({@link decodeCapture}). */
  readonly multi: boolean;
}

/** A compiled path template. */
export interface Template {
  /** As it was written. */
  readonly source: string;
  readonly segments: readonly TemplateSegment[];
  readonly variables: readonly TemplateVariable[];
  /** The custom verb without its colon; empty: none. */
  readonly verb: string;
  /** Equal for templates that match the same paths with the same precedence, whatever their variables are called. */
  readonly shape: string;
}

/** A template that isn't one. The message quotes it and says what is wrong. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';

  constructor(source: string, problem: string) {
    super(`path template "${source}": ${problem}`);
  }
}

/** More segments than this are a mistake, not an API. */
const MAX_SEGMENTS = 64;
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** pchar of RFC 3986 without the characters that the template syntax uses. */
const LITERAL = /^(?:[A-Za-z0-9\-._~!$&'()+,;:@]|%[0-9A-Fa-f]{2}|[^\0-\x7f])+$/u;

/**
 * Compiles a path template of google.api.http (`/v1/{name=shelves/*}/books/{book}:publish`). `/` alone is accepted too,
 * since route files need a name for the root.
 * @throws TemplateError
 */
export function compileTemplate(source: string): Template {
  if (!source.startsWith('/')) throw new TemplateError(source, 'must start with "/"');
  const { body, verb } = splitVerb(source);
  const segments: TemplateSegment[] = [];
  const variables: TemplateVariable[] = [];
  for (const part of splitSegments(source, body)) {
    if (part.startsWith('{')) variables.push(readVariable(source, part, segments));
    else segments.push(readSegment(source, part, false));
  }
  checkOrder(source, segments);
  checkNames(source, variables);
  return { source, segments, variables, verb, shape: shapeOf(segments, verb) };
}

function splitVerb(source: string): { body: string; verb: string } {
  const colon = source.indexOf(':', Math.max(source.lastIndexOf('/'), source.lastIndexOf('}')));
  if (colon < 0) return { body: source, verb: '' };
  const verb = source.slice(colon + 1);
  if (verb === '' || verb.includes(':') || !LITERAL.test(verb)) throw new TemplateError(source, `bad verb "${verb}"`);
  if (colon === 1) throw new TemplateError(source, 'a verb needs a segment before it');
  return { body: source.slice(0, colon), verb: canonicalLiteral(verb) };
}

/** Splits at the slashes outside braces. */
function splitSegments(source: string, body: string): string[] {
  if (body === '/') return [];
  const parts = body.slice(1).match(/\{[^{}]*\}|[^/{}]+|[/{}]/g)!;
  const segments: string[] = [];
  parts.forEach((part, index) => {
    const separator = index % 2 === 1;
    if (separator !== (part === '/')) throw new TemplateError(source, 'empty or malformed segment');
    if (!separator) segments.push(part);
  });
  if (parts.length % 2 === 0) throw new TemplateError(source, 'empty or malformed segment');
  if (segments.length > MAX_SEGMENTS) throw new TemplateError(source, `more than ${MAX_SEGMENTS} segments`);
  return segments;
}

function readVariable(source: string, part: string, segments: TemplateSegment[]): TemplateVariable {
  const [name, pattern] = splitOnce(part.slice(1, -1), '=');
  const path = name.split('.');
  if (!path.every((each) => IDENTIFIER.test(each))) throw new TemplateError(source, `bad variable name "${name}"`);
  const from = segments.length;
  const inner = pattern === undefined ? ['*'] : pattern.split('/');
  for (const each of inner) segments.push(readSegment(source, each, true));
  const rest = segments.at(-1)!.kind === 'variableRest';
  return { path, from, to: rest ? -1 : segments.length, multi: rest || inner.length > 1 || inner[0] !== '*' };
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function readSegment(source: string, text: string, inVariable: boolean): TemplateSegment {
  if (text === '*') return { kind: inVariable ? 'variable' : 'any', text: '' };
  if (text === '**') return { kind: inVariable ? 'variableRest' : 'rest', text: '' };
  if (!LITERAL.test(text)) throw new TemplateError(source, `bad segment "${text}"`);
  return { kind: 'literal', text: canonicalLiteral(text) };
}

/** `**` takes everything that is left, so that nothing can follow it but the verb. */
function checkOrder(source: string, segments: readonly TemplateSegment[]): void {
  const rest = segments.findIndex(({ kind }) => kind === 'rest' || kind === 'variableRest');
  if (rest >= 0 && rest !== segments.length - 1) throw new TemplateError(source, '"**" must come last');
}

function checkNames(source: string, variables: readonly TemplateVariable[]): void {
  const names = variables.map(({ path }) => path.join('.'));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new TemplateError(source, `variable "${twice}" stands twice`);
}

const SIGNS: Readonly<Record<SegmentKind, string>> = {
  literal: '',
  variable: '{}',
  any: '*',
  variableRest: '{**}',
  rest: '**',
};

function shapeOf(segments: readonly TemplateSegment[], verb: string): string {
  const path = segments.map(({ kind, text }) => `/${SIGNS[kind]}${text}`).join('');
  return `${path === '' ? '/' : path}${verb === '' ? '' : `:${verb}`}`;
}

/**
 * The form in which canonical request paths carry the text: characters that a segment may have bare, the rest as
 * upper-case %XX. An escaped colon stays escaped, so that it can't pass for a verb's.
 */
function canonicalLiteral(text: string): string {
  return text
    .replace(/[^\0-\x7f]+/gu, (run) => encodeURIComponent(run))
    .replace(/%[0-9A-Fa-f]{2}/g, (escape) => {
      const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
      return /[A-Za-z0-9\-._~!$&'()+,;@]/.test(character) ? character : escape.toUpperCase();
    });
}

/** Reserved characters that a segment may have bare; the colon isn't among them, since it begins a verb. */
export const RESERVED = /[!$&'()+,;@]/;
const EACH_RESERVED = new RegExp(RESERVED, 'g');

/**
 * A literal with its reserved characters escaped, as google.api.http has it before the matching: clients may escape any of
 * them or none. RFC 3986 §2.2 calls the forms different, so paths keep the one that they came in.
 */
export const escapedLiteral = (text: string): string =>
  text.replace(EACH_RESERVED, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
