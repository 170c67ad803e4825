import { ValidationPolicy_Mode as Mode } from '@gateway/contracts';
import { GatewayError } from '@gateway/errors';
import { responseMode } from '../../validation/route-rules';
import type { Route } from '../route';
import type { RouteStage } from '../stage';
import { whenDone } from '../when-done';
import { countRules, type ValidatePorts } from './validate';

/**
 * Counts responses that break a rule of their message, or refuses them: a service that breaks its own contract is a broken
 * upstream. Below the cache, so that what is refused isn't stored, and what was stored isn't checked again.
 */
export function validateResponse({ id, target, policy }: Route, ports: ValidatePorts): RouteStage | null {
  const rules = target.kind === 'grpc' ? target.rules?.response : null;
  if (!rules) return null;
  const count = responseMode(policy) === Mode.SHADOW ? ports.shadowCountFor(id, 'response') : null;
  return (next) => (context) =>
    whenDone(next(context), (response) => {
      const message = context.responseMessage;
      const errors = message === null ? null : rules.check(message);
      if (errors === null) return response;
      if (count === null) throw new GatewayError('GW_UPSTREAM_PROTOCOL', { cause: { broken: errors } });
      countRules(count, errors, context);
      return response;
    });
}
