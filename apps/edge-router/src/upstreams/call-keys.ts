import { type CallKeys, hashText, NO_KEY } from '@gateway/balancing';
import type { LoadBalancingPolicy } from '@gateway/contracts';
import { addressKey, joinedKey, type KeyPart, keyPart, userKey } from '../pipeline/request-key';
import type { RequestContext } from '../pipeline/context';
import type { Route } from '../pipeline/route';

/** Tells a call's keys. The object is only good until the next call. */
export type ReadCallKeys = (context: RequestContext) => CallKeys;

/** What keeps a caller on its side when the policy doesn't say. */
const caller: KeyPart = (context) => userKey(context) ?? addressKey(context);

/**
 * Compiles what a route's calls are balanced by.
 * @throws FieldPathError when the policy names a field that isn't there
 */
export function callKeys(route: Route, { hashBy, stickyBy, splits }: LoadBalancingPolicy): ReadCallKeys {
  const hashKey = joinedKey(hashBy.map((part) => keyPart(route, part)));
  const stickyKey = stickyBy.length === 0 ? caller : joinedKey(stickyBy.map((part) => keyPart(route, part)));
  const [usesHash, usesSticky] = [hashBy.length > 0, splits.length > 0];
  // One object for all calls: it is read before the next one comes.
  const keys = { hash: NO_KEY, sticky: NO_KEY };
  return (context) => {
    if (usesHash) keys.hash = hashed(hashKey(context));
    if (usesSticky) keys.sticky = hashed(stickyKey(context));
    return keys;
  };
}

const hashed = (key: string | undefined): number => (key === undefined ? NO_KEY : hashText(key));
