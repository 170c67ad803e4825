import type { Clock } from '@gateway/clock';
import { GatewayError } from '@gateway/errors';
import { type EdgeResponse, getHeader, removeHeader } from '@gateway/pipeline';
import { removeHopByHop } from '@gateway/http-security';
import type { HttpClient, HttpEndpoint, UpstreamRequest } from '../engine/http-client';
import type { Endpoint } from '../upstreams/endpoint';
import { boundBody, refuseTooLong } from './body';
import type { RequestContext } from './context';
import { isSecretField, MASK } from './masked';
import type { HttpTarget, RewritePart, Route } from './route';
import type { RouteHandler } from './stage';
import { upstreamHeaders } from './upstream-headers';
import { type Settings, shownHeaders, shownPath, shownQuery } from './settings';

/** What forwarding to HTTP needs. */
export interface HttpForwardPorts {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly http: Pick<HttpClient, 'send' | 'tunnel'>;
  /** Counts a tunnel while it is open. @returns what ends it */
  readonly tunnelOpened: (service: string, endpoint: Endpoint) => () => void;
}

/** The end of the pipeline for an HTTP upstream: bodies stream both ways, an upgrade becomes a tunnel. */
export function forwardHttp(route: Route, target: HttpTarget, ports: HttpForwardPorts): RouteHandler {
  const makeRequest = requestMaker(route, target, ports);
  return async (context) => {
    const request = makeRequest(context);
    if (context.isTunnel) return openTunnel(context, target, request, ports);
    const response = await ports.http.send(httpEndpoint(context.endpoint!), request);
    response.headers = removeHopByHop(response.headers);
    return response;
  };
}

function requestMaker(
  route: Route,
  { rewrite }: HttpTarget,
  { clock }: HttpForwardPorts,
): (context: RequestContext) => UpstreamRequest {
  const headersOf = upstreamHeaders(route);
  const limit = route.policy.maxBodyBytes === undefined ? null : Number(route.policy.maxBodyBytes);
  return (context) => {
    const { request, path, query, captures } = context;
    const target =
      rewrite === null ? path : rewrite.map((part) => (typeof part === 'string' ? part : captures[part])).join('');
    if (limit !== null) refuseTooLong(getHeader(context.headers, 'content-length'), limit);
    const body = context.takeBody();
    const remaining = context.remainingMs(clock);
    return {
      method: request.method,
      target: query === '' ? target : `${target}?${query}`,
      headers: headersOf(context),
      body: limit === null ? body : boundBody(body, limit),
      timeoutMs: remaining === Number.POSITIVE_INFINITY ? 0 : remaining,
      onCancel: (listener) => context.onCancel(listener),
    };
  };
}

/** Only WebSocket: other protocols could smuggle requests past the pipeline (h2c). */
async function openTunnel(
  context: RequestContext,
  { service }: HttpTarget,
  request: UpstreamRequest,
  { http, tunnelOpened }: HttpForwardPorts,
): Promise<EdgeResponse> {
  const { upgrade } = context.request;
  if (upgrade !== 'websocket')
    throw new GatewayError('GW_BAD_REQUEST', { detail: 'Only websocket can be upgraded to' });
  const response = await http.tunnel(httpEndpoint(context.endpoint!), request, upgrade);
  if (response.tunnel === undefined) {
    response.headers = removeHopByHop(response.headers);
    return response;
  }
  removeHeader(response.headers, 'connection');
  const closed = tunnelOpened(service, context.endpoint!);
  response.tunnel.once('close', closed);
  return response;
}

/** The endpoint as the HTTP client knows it. */
export function httpEndpoint({ address, secure, protocol, expect }: Endpoint): HttpEndpoint {
  const origin = `${secure ? 'https' : 'http'}://${address}`;
  return { origin, protocol: protocol === 'grpc' ? 'h2' : protocol, ...(expect === '' ? {} : { expect }) };
}

/** The request that would be sent. */
export function describeForwardHttp(route: Route, target: HttpTarget, context: RequestContext): Settings {
  const { service, protocol, rewrite } = target;
  const headers = upstreamHeaders(route)(context);
  const came = shownHeaders(context.headers);
  const added = Object.entries(shownHeaders(headers)).filter(([name, value]) => came[name] !== value);
  const removed = Object.keys(came).filter((name) => getHeader(headers, name) === undefined);
  return {
    protocol,
    service,
    method: context.request.method,
    path: rewrite === null ? shownPath(route, context) : shownRewrite(route, rewrite, context),
    query: shownQuery(route, context.query),
    added: Object.fromEntries(added),
    removed,
  };
}

const shownRewrite = (route: Route, rewrite: readonly RewritePart[], context: RequestContext): string =>
  rewrite.map((part) => (typeof part === 'string' ? part : shownRaw(route, part, context))).join('');

const shownRaw = (route: Route, index: number, { captures }: RequestContext): string =>
  isSecretField(route, route.template.variables[index]!.path.join('.')) ? MASK : captures[index]!;
