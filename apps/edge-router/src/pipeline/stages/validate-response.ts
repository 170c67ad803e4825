import { ValidationPolicy_Mode as Mode } from '@gateway/contracts';
import { GatewayError } from '@gateway/errors';
import { responseMode } from '../../validation/route-rules';
import { type Route, streamingOf } from '../route';
import type { RouteStage } from '../stage';
import { whenDone } from '../when-done';
import { type CheckMessage, countRules, type ValidatePorts } from './validate';
import type { Settings } from '../settings';

/**
 * Counts responses that break a rule of their message, or refuses them: a service that breaks its own contract is a broken
 * upstream. Below the cache, so that what is refused isn't stored, and what was stored isn't checked again.
 */
export function validateResponse(route: Route, ports: ValidatePorts): RouteStage | null {
  // Each message of a stream is checked as it comes: where it is forwarded.
  const check = streamingOf(route.target)?.server === true ? null : responseCheck(route, ports);
  if (check === null) return null;
  return (next) => (context) =>
    whenDone(next(context), (response) => {
      if (context.responseMessage !== null) check(context, context.responseMessage);
      return response;
    });
}

/** What checks the messages of a route's service; null: nothing has to be. */
export function responseCheck({ id, target, policy }: Route, ports: ValidatePorts): CheckMessage | null {
  const rules = target.kind === 'grpc' ? target.rules?.response : null;
  if (!rules) return null;
  const count = responseMode(policy) === Mode.SHADOW ? ports.shadowCountFor(id, 'response') : null;
  return (context, message) => {
    const errors = rules.check(message);
    if (errors === null) return;
    if (count === null) throw new GatewayError('GW_UPSTREAM_PROTOCOL', { cause: { broken: errors } });
    countRules(count, errors, context);
  };
}

/** Whether answers that break a rule are refused or counted. */
export const describeValidateResponse = ({ policy }: Route): Settings => ({ mode: Mode[responseMode(policy)] });
