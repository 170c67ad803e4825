import { Metadata } from '@grpc/grpc-js';
import type { HeaderList } from './types';

/**
 * Metadata of a header list.
 * @throws Error when a name or value isn't allowed in metadata (names: `[0-9a-z_.-]`, values: printable ASCII)
 */
export function toMetadata(headers: HeaderList | undefined): Metadata {
  const metadata = new Metadata();
  if (headers === undefined) return metadata;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    const value = headers[i + 1]!;
    metadata.add(name, name.endsWith('-bin') ? Buffer.from(value, 'base64') : value);
  }
  return metadata;
}

/** The header list of metadata; binary values in base64. */
export function fromMetadata(metadata: Metadata | null): HeaderList {
  const headers: HeaderList = [];
  if (metadata === null) return headers;
  for (const name of Object.keys(metadata.getMap())) {
    for (const value of metadata.get(name))
      headers.push(name, typeof value === 'string' ? value : value.toString('base64'));
  }
  return headers;
}
