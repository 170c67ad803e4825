import { getHeaders, type HeaderList } from '@gateway/pipeline';

/** What a request prefers of a mock (RFC 7240). */
export interface Preferences {
  /** `code=404`: the problem of that status. */
  readonly code?: number;
  /** `example=1`: the example of that index. */
  readonly example?: number;
}

const NONE: Preferences = {};
/** A preference: a token, its value as a token or quoted, and parameters, which none of ours has. */
const PREFERENCE = /^[ \t]*([!#$%&'*+.^_`|~0-9a-z-]+)[ \t]*=[ \t]*(?:"(\d{1,3})"|(\d{1,3}))[ \t]*(?:;|$)/i;
/** Commas outside of quoted strings. */
const SEPARATOR = /,(?=(?:[^"]*"[^"]*")*[^"]*$)/;
/** A longer field isn't looked at. */
const MAX_LENGTH = 512;

/** Reads the `Prefer` fields; what isn't understood is ignored (RFC 7240 §2), and of a preference the first one counts. */
export function readPreferences(headers: HeaderList): Preferences {
  const fields = getHeaders(headers, 'prefer');
  if (fields.length === 0) return NONE;
  const found: { code?: number; example?: number } = {};
  for (const preference of fields
    .filter((field) => field.length <= MAX_LENGTH)
    .flatMap((field) => field.split(SEPARATOR))) {
    const [, name, quoted, plain] = PREFERENCE.exec(preference) ?? [];
    const key = name?.toLowerCase();
    if (key === 'code' || key === 'example') found[key] ??= Number(quoted ?? plain);
  }
  return found;
}
