import type { EventBus } from '@gateway/events';
import {
  type Authenticator,
  createAuthClient,
  createStandaloneAuthenticator,
  type PermissionChecker,
} from '@gateway/identity';
import { spiffeIdFor } from '@gateway/mtls';
import type { Edge } from '../edge';

/** Who tells who callers are and what they may do. Null: nobody. */
export interface Auth {
  readonly authenticator: Authenticator | null;
  readonly permissions: PermissionChecker | null;
}

/** The event that ends a session; its `session_id` says which. */
const LOGOUT = 'user_logout';

/** Binds authentication: to auth-proxy, else to this process, else to nobody. Logouts on the bus end sessions at once. */
export function bindAuth(edge: Edge, bus: EventBus): Auth {
  const auth = openAuth(edge);
  const { authenticator } = auth;
  if (authenticator !== null)
    bus.subscribe([LOGOUT], ({ fields }) => {
      const session = fields['session_id'];
      if (session !== undefined && session !== '') authenticator.revoke(session);
    });
  return auth;
}

function openAuth(edge: Edge): Auth {
  const { config, clock, info, identity } = edge;
  // The configuration's check has seen to it that there is an identity.
  if (config.auth !== undefined && identity !== null) return proxied(edge, config.auth, identity);
  if (config.issuers.length > 0) {
    info.standalone('GATEWAY_AUTH is not set: tokens are verified in this process, by GATEWAY_ISSUERS');
    return { authenticator: createStandaloneAuthenticator(config.issuers, clock), permissions: null };
  }
  info.standalone('Neither GATEWAY_AUTH nor GATEWAY_ISSUERS is set: only routes with auth mode NONE can be served');
  return { authenticator: null, permissions: null };
}

function proxied({ clock, lifecycle, health }: Edge, address: string, identity: NonNullable<Edge['identity']>): Auth {
  const check = health.add('auth', { required: false });
  check.degraded('the auth-proxy has not answered yet');
  const client = createAuthClient({
    address,
    credentials: identity.grpcClientCredentials({ expect: spiffeIdFor('auth-proxy') }),
    clock,
    onState: (state) => {
      if (state === 'synced') check.ok();
      else check.degraded('the auth-proxy is away: known credentials pass until their verdict ends');
    },
  });
  lifecycle.onStop(() => client.close(), 'auth');
  return { authenticator: client, permissions: client };
}
