import { isFieldSet } from '@bufbuild/protobuf';
import { AuthPolicy_Mode, type RoutePolicy, RoutePolicySchema } from '@gateway/contracts';
import { toMilliseconds } from '../pipeline/duration';
import type { AuthAbilities } from './source';

/** For the whole call, in milliseconds, when the policy doesn't say. */
export const DEFAULT_TIMEOUT_MS = 15_000;

/** The route's deadline in milliseconds. */
export const timeoutOf = ({ timeout }: RoutePolicy): number =>
  timeout === undefined ? DEFAULT_TIMEOUT_MS : toMilliseconds(timeout);

/** Why a route's authentication can't be done by this edge; null: it can. */
export function authProblem({ auth }: RoutePolicy, { credentials, permissions }: AuthAbilities): string | null {
  if (auth?.mode === AuthPolicy_Mode.NONE) return null;
  if (!credentials)
    return 'needs authentication, and this edge has no way to verify credentials: set GATEWAY_AUTH or GATEWAY_ISSUERS, or auth mode NONE';
  if (auth !== undefined && auth.permission !== '' && !permissions)
    return 'needs a permission, and this edge has nobody to ask: set GATEWAY_AUTH';
  return null;
}

/** The fields of a policy that something in this edge acts on. */
const APPLIED = new Set([
  'auth',
  'rate_limits',
  'cache',
  'emits',
  'timeout',
  'retry',
  'hedge',
  'circuit_breaker',
  'version',
  'deprecation',
  'security_headers',
  'cors',
  'max_body_bytes',
  'load_balancing',
  'concurrency',
  'priority',
]);

/** What needs messages, and so says nothing for a plain HTTP route. */
const OF_MESSAGES = new Set(['validation', 'transcoding', 'mock', 'mock_options']);

/** What is about answers as a whole, and so says nothing for a stream. */
const NOT_OF_STREAMS = new Set(['cache', 'hedge']);

/** What a route is, as far as its policy depends on it. */
export interface RouteNature {
  readonly hasMessages: boolean;
  /** Of plain HTTP: whether its bodies or parameters have schemas. */
  readonly hasSchemas?: boolean;
  readonly streams?: boolean;
}

/** The names of the policy's fields that are set and not acted on. Silence would look like protection. */
export function unappliedFields(
  policy: RoutePolicy,
  { hasMessages, hasSchemas = false, streams = false }: RouteNature,
): string[] {
  const isApplied = (name: string): boolean =>
    (APPLIED.has(name) || (hasMessages && OF_MESSAGES.has(name)) || (hasSchemas && name === 'validation')) &&
    !(streams && NOT_OF_STREAMS.has(name));
  return RoutePolicySchema.fields
    .filter((field) => !isApplied(field.name) && isFieldSet(policy, field))
    .map(({ name }) => name);
}
