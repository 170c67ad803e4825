import { ValidationPolicy_Mode as Mode } from '@gateway/contracts';
import { type FieldError, GatewayError } from '@gateway/errors';
import { requestPointers } from '../../validation/request-pointers';
import { requestMode } from '../../validation/route-rules';
import type { CountShadow } from '../../validation/shadow-counts';
import type { RequestContext } from '../context';
import type { Route } from '../route';
import type { RouteStage } from '../stage';

/** What validation needs. */
export interface ValidatePorts {
  /** What counts the broken rules that are let pass. */
  readonly shadowCountFor: (route: string, direction: 'request' | 'response') => CountShadow;
}

/** Refuses requests that break a rule of their message; in shadow mode, counts them. */
export function validate({ id, target, template, policy }: Route, ports: ValidatePorts): RouteStage | null {
  const rules = target.kind === 'grpc' ? target.rules?.request : null;
  if (target.kind !== 'grpc' || !rules) return null;
  const variables = template.variables.map(({ path }) => path);
  const toCaller = requestPointers({ input: target.method.input, variables, body: target.binding.body });
  const count = requestMode(policy) === Mode.SHADOW ? ports.shadowCountFor(id, 'request') : null;
  return (next) => (context) => {
    const errors = rules.check(context.message!);
    if (errors === null) return next(context);
    if (count === null) throw new GatewayError('GW_INVALID_FIELD', { errors: errors.map(toCaller) });
    countRules(count, errors, context);
    return next(context);
  };
}

/** Counts each broken rule once for a message, whatever the number of its items that break it. */
export function countRules(count: CountShadow, errors: readonly FieldError[], { principal }: RequestContext): void {
  const consumer = principal?.subject ?? 'anonymous';
  for (const rule of new Set(errors.map((error) => error.rule))) count(rule, consumer);
}
