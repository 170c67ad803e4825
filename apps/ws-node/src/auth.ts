import { createAuthClient, createStandaloneAuthenticator, type Authenticator, type FeedState } from '@gateway/identity';
import { spiffeIdFor, type Identity } from '@gateway/mtls';
import type { Service } from '@gateway/platform';
import type { WsNodeConfig } from './config';
import { askedPermissions, scopePermissions, type RoomPermissions } from './connection/room-access';

/** Who knows callers and what they may do. */
export interface Auth {
  readonly authenticator: Authenticator;
  readonly permissions: RoomPermissions;
  /** Calls back when revocations may have been missed and have been heard of now. */
  readonly onSynced: (listener: () => void) => void;
}

/** Asks the auth-proxy, or verifies tokens here when there is none. */
export function openAuth(service: Service<WsNodeConfig>): Auth {
  const { config, clock, info, identity } = service;
  if (config.auth !== undefined && identity !== null) return openAuthClient(service, config.auth, identity);
  info.standalone('no GATEWAY_AUTH: tokens are verified here, permissions are their scopes');
  return {
    authenticator: createStandaloneAuthenticator(config.issuers ?? [], clock),
    permissions: scopePermissions,
    onSynced: () => undefined,
  };
}

function openAuthClient(service: Service<WsNodeConfig>, address: string, identity: Identity): Auth {
  const { clock, health, lifecycle } = service;
  const check = health.add('auth-proxy', { required: false });
  const listeners: (() => void)[] = [];
  const client = createAuthClient({
    address,
    credentials: identity.grpcClientCredentials({ expect: spiffeIdFor('auth-proxy') }),
    clock,
    onState: (state: FeedState) => {
      if (state !== 'synced') return check.degraded('its revocations are not heard');
      check.ok();
      for (const listener of listeners) listener();
    },
  });
  lifecycle.onStop(() => client.close(), 'auth-proxy');
  return {
    authenticator: client,
    permissions: askedPermissions(client),
    onSynced: (listener) => listeners.push(listener),
  };
}
