import { asGatewayError } from '@gateway/errors';
import type { CountShadow } from '../validation/shadow-counts';
import type { RequestContext } from './context';

/**
 * Runs a check and counts what it would have refused: each broken rule once, and by its code what has no rules.
 * @returns whether it passed
 */
export function shadowCheck(count: CountShadow, { principal }: RequestContext, check: () => void): boolean {
  try {
    check();
    return true;
  } catch (thrown) {
    const { code, context } = asGatewayError(thrown);
    const rules = context.errors?.map(({ rule }) => rule) ?? [code];
    for (const rule of new Set(rules)) count(rule, principal?.subject ?? 'anonymous');
    return false;
  }
}
