const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
/** A parameter of RFC 9110 §5.6.6, its value a token or a quoted string without escapes. */
const PARAMETER = new RegExp(`[ \\t]*;[ \\t]*(?:(${TOKEN})=(?:(${TOKEN})|"([^"\\\\]*)"))?`, 'y');
/** JSON by its own name or by the suffix of RFC 6839 §3.1. */
const JSON_TYPE = /^application\/(?:[a-z0-9.!#$&^_-]+\+)?json(?=[ \t;]|$)/i;
/** A media type as a header can carry it. */
const MEDIA_TYPE = new RegExp(`^${TOKEN}/${TOKEN}(?:[ \\t]*;[\\t\\x20-\\x7e]*)?$`);

/** Whether a `content-type` says JSON, in UTF-8: RFC 8259 §8.1 knows no other encoding. */
export function isJsonType(value: string): boolean {
  const type = JSON_TYPE.exec(value);
  return type !== null && hasOnlyUtf8(value, type[0].length);
}

/** Reads the parameters from there on; one that can't be read makes the whole unreadable. */
function hasOnlyUtf8(value: string, from: number): boolean {
  let at = from;
  while (at < value.length) {
    PARAMETER.lastIndex = at;
    const parameter = PARAMETER.exec(value);
    if (parameter === null) return value.slice(at).trim() === '';
    const [text, name, token, quoted] = parameter;
    if (name?.toLowerCase() === 'charset' && !/^utf-?8$/i.test(token ?? quoted!)) return false;
    at += text.length;
  }
  return true;
}

/** What a body is said to be when its service doesn't say, or says what a header can't carry. */
const UNKNOWN = 'application/octet-stream';

/** The `content-type` of a body whose service says that it is that. */
export const headerType = (value: string): string => (MEDIA_TYPE.test(value) ? value : UNKNOWN);
