import { createRegistry, fromJson, type JsonObject } from '@bufbuild/protobuf';
import { authV1, RoutePolicySchema } from '@gateway/contracts';
import type { Principal } from '@gateway/identity';
import type { EdgeRequest, EdgeResponse } from '@gateway/pipeline';
import { compileTemplate } from '@gateway/route-table';
import { compileTranscoder } from '@gateway/transcoding';
import type { Endpoint } from './upstreams/endpoint';
import { RequestContext } from './pipeline/context';
import type { GrpcStreaming, GrpcTarget, HttpTarget, Route, Target } from './pipeline/route';
import type { RouteHandler, RouteStage } from './pipeline/stage';

/** A request as an engine would hand it over, and the client's going away. */
export function edgeRequest(given: Partial<EdgeRequest> = {}): EdgeRequest & { cancel(): void } {
  const listeners: (() => void)[] = [];
  return {
    method: 'GET',
    target: '/',
    scheme: 'https',
    authority: 'localhost',
    version: '1.1',
    headers: [],
    body: null,
    remoteAddress: '127.0.0.1',
    upgrade: '',
    onCancel: (listener) => listeners.push(listener),
    cancel: () => listeners.forEach((listener) => listener()),
    ...given,
  };
}

type Known = Partial<Omit<RequestContext, 'request' | 'startedAt'>>;

/** The context of a request, with what stages further out have found. */
export const contextOf = (request: Partial<EdgeRequest> = {}, known: Known = {}): RequestContext =>
  Object.assign(new RequestContext(edgeRequest(request), 0), { requestId: 'r1' }, known);

const HTTP: HttpTarget = { kind: 'http', service: 'web', protocol: 'http1', rewrite: null };

/** What a test route may be made of. */
export interface RouteGiven {
  readonly policy?: JsonObject;
  readonly path?: string;
  readonly target?: Target;
  readonly timeoutMs?: number;
  readonly body?: string;
  readonly front?: 'rest' | 'rpc';
}

/** A route to an HTTP upstream. */
export function httpRoute({
  policy = {},
  path = '/a/{id}',
  target = HTTP,
  timeoutMs = 15_000,
}: RouteGiven = {}): Route {
  return {
    id: 'test',
    scope: 'test',
    origin: 'file',
    declaredBy: 'file',
    template: compileTemplate(path),
    methods: [],
    hosts: [],
    policy: fromJson(RoutePolicySchema, policy),
    timeoutMs,
    target,
  };
}

/** The method of the gRPC test route: CheckPermission(subject, permission, resource) -> allowed, valid_until. */
export const METHOD = authV1.AuthProxyService.method.checkPermission;
export const METHOD_PATH = '/gateway.auth.v1.AuthProxyService/CheckPermission';

/** Calls that nobody makes. */
export const NO_CALLS = {
  unary: () => Promise.reject(new Error('not gRPC')),
  stream: () => {
    throw new Error('not gRPC');
  },
};

/** What forwarding needs beside its clients. */
export const FORWARDING = { shadowCountFor: () => () => undefined, bodyLimit: 1_000 };

/** A route to a gRPC method; `subject` is in the path by default, the rest in the query or, with `body`, in the body. */
export const grpcRoute = (given: RouteGiven = {}): Route => callRoute(given);

/** The same, as if the method streamed: the service by default. */
export function streamRoute(given: RouteGiven = {}, streaming: GrpcStreaming = { client: false, server: true }) {
  const route = callRoute(given);
  return { ...route, target: { ...route.target, streaming } };
}

function callRoute({
  path = '/subjects/{subject}',
  body = '',
  front = 'rest',
  ...given
}: RouteGiven): Route & { target: GrpcTarget } {
  const variables = compileTemplate(path).variables.map((variable) => variable.path);
  const registry = createRegistry(METHOD.parent.file);
  const binding = { body, responseBody: '' };
  const transcoder = compileTranscoder(METHOD, { variables, ...binding }, registry);
  const call = { kind: 'grpc', service: 'auth', method: METHOD, path: METHOD_PATH } as const;
  return { ...httpRoute({ ...given, path }), target: { ...call, transcoder, front, registry, binding } };
}

/** The route of RPC clients to the same method. */
export const rpcRoute = (given: RouteGiven = {}): Route =>
  grpcRoute({ ...given, path: METHOD_PATH, body: '*', front: 'rpc' });

/** A caller. */
export const principal = (given: Partial<Principal> = {}): Principal => ({
  subject: 'ada',
  issuer: 'https://issuer',
  sessionId: 's1',
  scopes: [],
  kind: 'bearer',
  expiresAt: Infinity,
  ...given,
});

/** An endpoint. */
export const endpoint = (id: string, given: Partial<Endpoint> = {}): Endpoint => ({
  id,
  address: `${id}:1`,
  protocol: 'http1',
  secure: false,
  expect: '',
  generation: '',
  contractDigest: '',
  reportedConnections: 0,
  ...given,
});

/** A plain answer. */
export const answer = (given: Partial<EdgeResponse> = {}): EdgeResponse => ({
  status: 200,
  headers: [],
  body: null,
  ...given,
});

/** Runs a stage before a handler. */
export async function run(stage: RouteStage | null, context: RequestContext, next: RouteHandler = () => answer()) {
  if (stage === null) throw new Error('the route does not use the stage');
  return stage(next)(context);
}

/** What running a stage is refused with. */
export async function refusal(stage: RouteStage | null, context: RequestContext, next?: RouteHandler) {
  try {
    await run(stage, context, next);
  } catch (error) {
    return error as {
      code: string;
      context: { headers?: string[]; detail?: string; retryAfter?: number; cause?: unknown };
    };
  }
  throw new Error('it was not refused');
}
