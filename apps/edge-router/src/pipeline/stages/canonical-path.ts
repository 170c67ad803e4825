import { canonicalPath as canonicalize } from '@gateway/http-security';
import type { ArrivalStep } from '../stage';

/** Brings the target into the one form that routing, authorization, cache and upstream see. */
export function canonicalPath(): ArrivalStep {
  return (context) => {
    const { path, query } = canonicalize(context.request.target);
    context.path = path;
    context.query = query;
  };
}
