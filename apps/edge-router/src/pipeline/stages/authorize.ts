import type { Clock } from '@gateway/clock';
import type { AuthPolicy } from '@gateway/contracts';
import { GatewayError } from '@gateway/errors';
import type { PermissionChecker, PermissionVerdict, Principal } from '@gateway/identity';
import { insufficientScope, unauthenticated } from '../challenge';
import type { RequestContext } from '../context';
import { compileText, pathField, requestField } from '../fields';
import { type MessagePorts, requestMessage } from '../request-message';
import type { Route } from '../route';
import type { RouteStage } from '../stage';
import { whenDone } from '../when-done';
import { type Settings, shownField } from '../settings';

/** Who tells what a principal may do. */
export interface AuthorizePorts extends MessagePorts {
  readonly clock: Clock;
  /** Null in an edge without auth-proxy: it has no routes that would ask. */
  readonly permissions: PermissionChecker | null;
}

/** Checks the scopes of the credential, then the permission on the resource. */
export function authorize(route: Route, ports: AuthorizePorts): RouteStage | null {
  const { auth } = route.policy;
  if (auth === undefined || (auth.scopes.length === 0 && auth.permission === '')) return null;
  const { scopes } = auth;
  const checkPermission = permissionCheck(route, auth, ports);
  return (next) => (context) => {
    const { principal } = context;
    if (principal === null) throw unauthenticated();
    if (!scopes.every((scope) => principal.scopes.includes(scope))) throw insufficientScope(scopes);
    if (checkPermission === null) return next(context);
    return whenDone(checkPermission(context, principal), (verdict) => {
      admit(verdict);
      return next(context);
    });
  };
}

type Check = (context: RequestContext, principal: Principal) => PermissionVerdict | Promise<PermissionVerdict>;

function permissionCheck(route: Route, { permission, resource }: AuthPolicy, ports: AuthorizePorts): Check | null {
  const { permissions, clock } = ports;
  if (permission === '' || permissions === null) return null;
  const names = [...resource.matchAll(/\{([^{}]*)\}/g)].map((found) => found[1]!);
  const inPath = names.every((name) => pathField(route, name) !== null);
  const expand = compileText<RequestContext>(resource, (name) =>
    inPath ? pathField(route, name)! : requestField(route, name),
  );
  const ask: Check = (context, { subject }) =>
    permissions.checkPermission(
      { subject, permission, resource: expand(context) },
      context.remainingMs(clock, route.timeoutMs),
    );
  if (inPath) return ask;
  // The resource is named in the query or the body: only the request message, made a little early, has it.
  const decode = requestMessage(route, ports);
  return (context, principal) => whenDone(decode(context), () => ask(context, principal));
}

function admit(verdict: PermissionVerdict): void {
  if (verdict.outcome === 'denied') throw new GatewayError('GW_FORBIDDEN');
  if (verdict.outcome === 'undecidable')
    throw new GatewayError('GW_AUTH_UNAVAILABLE', {
      detail: 'The permission cannot be checked now',
      retryAfter: 1,
      cause: verdict.why,
    });
}

/** What the caller must be allowed. */
export function describeAuthorize(route: Route, context: RequestContext): Settings {
  const { scopes, permission, resource } = route.policy.auth!;
  const expand = compileText<RequestContext>(resource, (name) => (from) => shownField(route, from, name));
  return { scopes, permission, resource: expand(context) };
}
