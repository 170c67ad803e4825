/** A JSON pointer as places of a route file are written: `/rateLimits/0/name` -> `.rateLimits[0].name`. */
export function dotted(pointer: string): string {
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  return keys.map((key) => (/^\d+$/.test(key) ? `[${key}]` : `.${key}`)).join('');
}
