import { type JsonValue, toJson } from '@bufbuild/protobuf';
import { RoutePolicySchema } from '@gateway/contracts';
import type { GrpcStreaming, Route, Target } from '../pipeline/route';

/** A route as people see it. */
export interface RouteDescription {
  readonly id: string;
  readonly origin: string;
  readonly declaredBy: string;
  readonly path: string;
  /** Empty: all. */
  readonly methods: readonly string[];
  /** Empty: all. */
  readonly hosts: readonly string[];
  readonly target: Readonly<Record<string, string>>;
  /** Milliseconds; null: none. */
  readonly timeoutMs: number | null;
  /** Protobuf JSON of gateway.v1.RoutePolicy. */
  readonly policy: JsonValue;
}

/** Describes a route. */
export function describeRoute(route: Route): RouteDescription {
  const { id, origin, declaredBy, template, methods, hosts, target, timeoutMs, policy } = route;
  return {
    id,
    origin,
    declaredBy,
    path: template.source,
    methods,
    hosts,
    target: describeTarget(
      target,
      template.variables.map(({ path }) => path.join('.')),
    ),
    timeoutMs: Number.isFinite(timeoutMs) ? timeoutMs : null,
    policy: toJson(RoutePolicySchema, policy),
  };
}

const sidesOf = ({ client, server }: GrpcStreaming): string =>
  client && server ? 'both' : client ? 'client' : 'server';

function describeTarget(target: Target, variables: readonly string[]): Record<string, string> {
  if (target.kind === 'grpc') {
    const { front, service, path: method, streaming, own } = target;
    return {
      kind: own === undefined ? 'grpc' : 'page',
      service,
      method,
      ...(streaming !== undefined && { streams: sidesOf(streaming) }),
      ...(front === 'rpc' && { protocols: 'gRPC, gRPC-Web, Connect' }),
    };
  }
  if (target.kind === 'page') return { kind: 'page', page: target.name };
  if (target.kind === 'none') return { kind: 'none' };
  const { service, protocol, rewrite, schemas = {} } = target;
  const checked = Object.entries(schemas).flatMap(([part, schema]) => (schema === null ? [] : [part]));
  const path = rewrite?.map((part) => (typeof part === 'string' ? part : `{${variables[part]}}`)).join('');
  return {
    ...{ kind: 'http', service, protocol },
    ...(path === undefined ? {} : { rewrite: path }),
    ...(checked.length === 0 ? {} : { schemas: checked.join(', ') }),
  };
}
