import type { CompiledRule, LimitRule } from './limiter';

/**
 * Prepares a rule.
 * @param scope what the rule belongs to, such as a route's id: rules of the same name in different scopes count apart
 * @throws RangeError when a number is out of its range
 */
export declare function compileRule(scope: string, rule: LimitRule): CompiledRule;
