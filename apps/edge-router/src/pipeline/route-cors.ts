import { Cors, type CorsOptions, requestedHeaders } from '@gateway/http-security';
import { getHeader } from '@gateway/pipeline';
import type { RequestContext } from './context';
import { toMilliseconds } from './duration';
import { isRpc, type Route } from './route';

/** Fields of requests that the platform reads. */
const HEADERS = [
  'accept',
  'accept-language',
  'authorization',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'last-event-id',
  'prefer',
  'traceparent',
  'tracestate',
  'x-api-key',
  'x-api-version',
];
/** What RPC clients in browsers send beside them. */
const RPC_HEADERS = ['connect-protocol-version', 'connect-timeout-ms', 'grpc-timeout', 'x-grpc-web', 'x-user-agent'];
/** Fields of answers that the platform writes. */
const EXPOSED = [
  'age',
  'cache-status',
  'deprecation',
  'etag',
  'link',
  'location',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'sunset',
  'traceresponse',
  'x-api-version',
  'x-request-id',
];
const RPC_EXPOSED = ['grpc-status', 'grpc-message', 'grpc-status-details-bin'];

/** Whether the route's policy says anything about pages of other origins. */
export const hasCors = ({ policy: { cors } }: Route): boolean => cors !== undefined && cors.origins.length > 0;

/** What the route's policy allows pages of other origins, with the defaults; null: nothing, and the gateway says nothing. */
export function corsOptions(route: Route): CorsOptions | null {
  const { cors } = route.policy;
  if (cors === undefined || !hasCors(route)) return null;
  const rpc = isRpc(route);
  return {
    origins: cors.origins,
    methods: cors.methods.length === 0 ? route.methods : cors.methods,
    headers: cors.headers.length === 0 ? [...HEADERS, ...(rpc ? RPC_HEADERS : [])] : cors.headers.map(lower),
    expose: [...new Set([...EXPOSED, ...(rpc ? RPC_EXPOSED : []), ...cors.expose.map(lower)])],
    credentials: cors.credentials,
    maxAgeSeconds: cors.maxAge === undefined ? null : Math.floor(toMilliseconds(cors.maxAge) / 1_000),
  };
}

const lower = (name: string): string => name.toLowerCase();

/** The CORS protocol of a route; null: it has none. */
export function routeCors(route: Route): Cors | null {
  const options = corsOptions(route);
  return options === null ? null : new Cors(options);
}

/** The method that a preflight asks for (Fetch standard, "CORS-preflight request"); null: it isn't one. */
export function preflightMethod({ request, headers }: RequestContext): string | null {
  if (request.method !== 'OPTIONS' || getHeader(headers, 'origin') === undefined) return null;
  return getHeader(headers, 'access-control-request-method') ?? null;
}

/** The names of the headers that a preflight asks for. */
export const preflightHeaders = ({ headers }: RequestContext): string[] => requestedHeaders(headers);
