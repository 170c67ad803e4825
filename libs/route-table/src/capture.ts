import type { Template, TemplateVariable } from './template';

/**
 * The raw (still percent-encoded) text of each variable, in the template's order.
 * @param segments the request path's segments, the last one without its verb
 */
export function captureVariables({ variables }: Template, segments: readonly string[]): readonly string[] {
  return variables.length === 0 ? NOTHING : variables.map((variable) => captureOf(variable, segments));
}

const NOTHING: readonly string[] = [];

function captureOf({ from, to }: TemplateVariable, segments: readonly string[]): string {
  if (to === from + 1) return segments[from]!;
  return segments.slice(from, to < 0 ? segments.length : to).join('/');
}

const ESCAPED_SLASH = /(%2f)/i;

/**
 * The value of a capture as google.api.http wants it: one segment is percent-decoded whole; several keep `%2F` as it
 * is, so that an escaped slash can't pass for a separator.
 * @returns null when the escapes aren't UTF-8 text
 */
export function decodeCapture({ multi }: TemplateVariable, raw: string): string | null {
  if (!raw.includes('%')) return raw;
  try {
    if (!multi) return decodeURIComponent(raw);
    return raw
      .split(ESCAPED_SLASH)
      .map((part, index) => (index % 2 === 1 ? part : decodeURIComponent(part)))
      .join('');
  } catch {
    return null;
  }
}
