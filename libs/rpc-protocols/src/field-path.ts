import type { DescMessage } from '@bufbuild/protobuf';

/**
 * A JSON pointer into a message's JSON as the field path of google.rpc.BadRequest: `/lineItems/0/unitPrice` is
 * `line_items[0].unit_price`. What isn't a pointer (`header/x`) stays as it is.
 */
export function fieldOfPointer(pointer: string, message: DescMessage | undefined): string {
  if (!pointer.startsWith('/')) return pointer;
  let parent = message;
  let path = '';
  for (const token of pointer.slice(1).split('/').map(unescape)) {
    const field = parent?.fields.find(({ name, jsonName }) => jsonName === token || name === token);
    if (field === undefined && /^\d+$/.test(token)) {
      path += `[${token}]`;
      continue;
    }
    path += `${path === '' ? '' : '.'}${field?.name ?? token}`;
    parent = field?.message;
  }
  return path;
}

/** The field path of google.rpc.BadRequest as a JSON pointer into the message's JSON. */
export function pointerOfField(field: string, message: DescMessage | undefined): string {
  const names = field.split(/[.[\]]+/).filter((name) => name !== '');
  let parent = message;
  return names
    .map((token) => {
      if (/^\d+$/.test(token)) return `/${token}`;
      const found = parent?.fields.find(({ name, jsonName }) => name === token || jsonName === token);
      parent = found?.message;
      return `/${escape(found?.jsonName ?? token)}`;
    })
    .join('');
}

/** RFC 6901 §4. */
const unescape = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');
const escape = (token: string): string => token.replaceAll('~', '~0').replaceAll('/', '~1');
