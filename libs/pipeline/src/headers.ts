/** Header fields as a flat list of names and values: `['host', 'a', 'accept', 'b']`. Names are lower case. */
export type HeaderList = string[];

/** The first value of a header, or undefined. */
export function getHeader(headers: HeaderList, name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === name) return headers[i + 1];
  return undefined;
}

/** All values of a header in their order. */
export function getHeaders(headers: HeaderList, name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === name) values.push(headers[i + 1]!);
  return values;
}

/** Replaces every field of that name by one. */
export function setHeader(headers: HeaderList, name: string, value: string): void {
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] !== name) continue;
    headers[i + 1] = value;
    removeFrom(headers, name, i + 2);
    return;
  }
  headers.push(name, value);
}

/** Removes every field of that name. */
export function removeHeader(headers: HeaderList, name: string): void {
  removeFrom(headers, name, 0);
}

function removeFrom(headers: HeaderList, name: string, start: number): void {
  for (let i = headers.length - 2; i >= start; i -= 2) if (headers[i] === name) headers.splice(i, 2);
}
