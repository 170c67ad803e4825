/** Header fields as a flat list of names and values: `['host', 'a', 'accept', 'b']`. Names are lower case. */
export type HeaderList = string[];

/** A new list of the fields whose name passes. */
export function filterHeaders(headers: HeaderList, keep: (name: string) => boolean): HeaderList {
  const kept: HeaderList = [];
  for (let i = 0; i < headers.length; i += 2) if (keep(headers[i]!)) kept.push(headers[i]!, headers[i + 1]!);
  return kept;
}

/** All values of a list-valued field, split at commas, trimmed, without empty elements (RFC 9110 §5.6.1). */
export function listValues(headers: HeaderList, name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] !== name) continue;
    for (const element of headers[i + 1]!.split(',')) {
      const value = element.trim();
      if (value !== '') values.push(value);
    }
  }
  return values;
}
