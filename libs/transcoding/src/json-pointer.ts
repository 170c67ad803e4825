/** Longest part of a caller's key that an error repeats. */
const SHOWN_KEY = 128;

/** A key as a token of a JSON pointer (RFC 6901 §3). */
export const escapeKey = (key: string): string => key.slice(0, SHOWN_KEY).replaceAll('~', '~0').replaceAll('/', '~1');
