import type { Message } from '@bufbuild/protobuf';
import { ValidationPolicy_Mode as Mode } from '@gateway/contracts';
import { type FieldError, GatewayError } from '@gateway/errors';
import { requestPointers } from '../../validation/request-pointers';
import { requestMode } from '../../validation/route-rules';
import type { CountShadow } from '../../validation/shadow-counts';
import type { RequestContext } from '../context';
import { type Route, streamingOf } from '../route';
import type { RouteStage } from '../stage';
import type { Settings } from '../settings';

/** What validation needs. */
export interface ValidatePorts {
  /** What counts the broken rules that are let pass. */
  readonly shadowCountFor: (route: string, direction: 'request' | 'response') => CountShadow;
}

/** Checks one message. @throws GatewayError when it is refused */
export type CheckMessage = (context: RequestContext, message: Message) => void;

/** Refuses requests that break a rule of their message; in shadow mode, counts them. */
export function validate(route: Route, ports: ValidatePorts): RouteStage | null {
  // Each message of a stream is checked as it comes: where it is forwarded.
  const check = streamingOf(route.target)?.client === true ? null : requestCheck(route, ports);
  if (check === null) return null;
  return (next) => (context) => {
    // Over a WebSocket it may come later.
    if (context.message !== null) check(context, context.message);
    return next(context);
  };
}

/** What checks the messages of a route's clients; null: nothing has to be. */
export function requestCheck({ id, target, template, policy }: Route, ports: ValidatePorts): CheckMessage | null {
  const rules = target.kind === 'grpc' ? target.rules?.request : null;
  if (target.kind !== 'grpc' || !rules) return null;
  const variables = template.variables.map(({ path }) => path);
  const { method, binding, forms } = target;
  const shape = { input: method.input, variables, body: binding.body, form: forms?.request ?? null };
  const toCaller = requestPointers(shape);
  const count = requestMode(policy) === Mode.SHADOW ? ports.shadowCountFor(id, 'request') : null;
  return (context, message) => {
    const errors = rules.check(message);
    if (errors === null) return;
    if (count === null) throw new GatewayError('GW_INVALID_FIELD', { errors: errors.map(toCaller) });
    countRules(count, errors, context);
  };
}

/** Counts each broken rule once for a message, whatever the number of its items that break it. */
export function countRules(count: CountShadow, errors: readonly FieldError[], { principal }: RequestContext): void {
  const consumer = principal?.subject ?? 'anonymous';
  for (const rule of new Set(errors.map((error) => error.rule))) count(rule, consumer);
}

/** Whether messages that break a rule are refused or counted. */
export const describeValidate = ({ policy }: Route): Settings => ({ mode: Mode[requestMode(policy)] });
