import { GatewayError } from '@gateway/errors';
import { filterHeaders, type HeaderList } from './headers';

/** What services believe about the caller. Only the gateway says it, whoever the peer is. */
const IDENTITY = ['x-user-', 'x-session-', 'x-service-'];

/** What a proxy in front of the gateway may say about the request. */
const FORWARDING = new Set(['forwarded', 'x-real-ip', 'x-request-id', 'x-client-ip', 'true-client-ip']);

/** Names under which some frameworks take another path or method than the one that was routed and authorized. */
const OVERRIDES = new Set([
  'x-original-url',
  'x-original-host',
  'x-rewrite-url',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
]);

/**
 * The request's fields without those that its sender has no right to.
 * @param trusted whether the peer is one of our proxies: it may say for whom it forwards and keep a request id.
 *   Identity and override fields are dropped in any case.
 */
export function stripUntrusted(headers: HeaderList, trusted: boolean): HeaderList {
  return filterHeaders(
    headers,
    (name) => !isIdentity(name) && !OVERRIDES.has(name) && (trusted || !isForwarding(name)),
  );
}

function isIdentity(name: string): boolean {
  return name.charCodeAt(0) === 0x78 && IDENTITY.some((prefix) => name.startsWith(prefix));
}

function isForwarding(name: string): boolean {
  return name.startsWith('x-forwarded-') || FORWARDING.has(name);
}

/**
 * Refuses names with an underscore: servers that turn names into variables (CGI, WSGI) can't tell `x_user_id` from
 * `x-user-id`, so such a field would get past `stripUntrusted`.
 * @throws GatewayError GW_BAD_REQUEST naming the field
 */
export function refuseUnderscores(headers: HeaderList): void {
  for (let i = 0; i < headers.length; i += 2) {
    if (!headers[i]!.includes('_')) continue;
    throw new GatewayError('GW_BAD_REQUEST', {
      detail: 'Header names with an underscore are not accepted',
      errors: [{ pointer: `header/${headers[i]}`, rule: 'name', detail: 'has an underscore' }],
    });
  }
}
