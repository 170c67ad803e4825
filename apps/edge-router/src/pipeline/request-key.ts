import { getHeader } from '@gateway/pipeline';
import type { RequestContext } from './context';
import { requestField } from './fields';
import type { Route } from './route';

/** Reads a part of what requests are told apart by; undefined: the request doesn't have it. */
export type KeyPart = (context: RequestContext) => string | undefined;

/** The client's address. */
export const addressKey = ({ clientAddress }: RequestContext): string => `ip ${clientAddress}`;

/** The principal; undefined: anonymous. */
export const userKey: KeyPart = ({ principal }) =>
  principal === null ? undefined : `user ${principal.issuer} ${principal.subject}`;

/**
 * Compiles a part as policies write it: `user`, `ip`, `header:<name>` or `field:<path>`.
 * @throws FieldPathError when there is no such field
 */
export function keyPart(route: Route, part: string): KeyPart {
  if (part === 'ip') return addressKey;
  if (part === 'user') return userKey;
  const colon = part.indexOf(':');
  const [kind, name] = [part.slice(0, colon), part.slice(colon + 1)];
  if (kind !== 'header') return requestField(route, name);
  const header = name.toLowerCase();
  return ({ headers }) => getHeader(headers, header);
}

/** One key of all parts; undefined when the request has none of them. JSON keeps them apart whatever a client writes. */
export function joinedKey(parts: readonly KeyPart[]): KeyPart {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  return (context) => {
    const values = parts.map((part) => part(context));
    return values.every((value) => value === undefined) ? undefined : JSON.stringify(values);
  };
}
