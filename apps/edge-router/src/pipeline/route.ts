import type { DescMethod, Registry } from '@bufbuild/protobuf';
import type { HttpBinding, RoutePolicy } from '@gateway/contracts';
import type { Template } from '@gateway/route-table';
import type { Transcoder } from '@gateway/transcoding';
import type { JsonForm } from '@gateway/versioning';
import type { HttpUpstreamProtocol } from '../engine/http-client';
import type { RouteMock } from '../mocking/route-mock';
import type { HttpSchemas } from '../validation/http-schemas';
import type { HttpDescription } from '../pages/http-description';
import type { RouteRules } from '../validation/route-rules';
import type { OwnMethod } from './own-method';
import type { RouteHandler } from './stage';

/** Where a route was declared. `none` is the synthetic route of requests that match nothing. */
export type RouteOrigin = 'file' | 'protos' | 'contract' | 'platform' | 'none';

/** A gRPC method, behind JSON over HTTP or behind the protocols of RPC clients. */
export interface GrpcTarget {
  readonly kind: 'grpc';
  /** The upstream service, such as `shop-service`. */
  readonly service: string;
  readonly method: DescMethod;
  /** The path of the gRPC call: `/shop.v1.ShopService/GetItem`. */
  readonly path: string;
  readonly transcoder: Transcoder;
  /** Who calls it so: clients of a REST binding, or those of gRPC, gRPC-Web and Connect. */
  readonly front: 'rest' | 'rpc';
  /** The types that a service's error details may be of. */
  readonly registry: Registry;
  /** What its messages must be; absent: anything. */
  readonly rules?: RouteRules;
  /** How it answers in the service's place; absent: it never does. */
  readonly mock?: RouteMock;
  /** What of the messages stands in the bodies. */
  readonly binding: Pick<HttpBinding, 'body' | 'responseBody'>;
  /** How the bodies differ from the messages' JSON; absent: not at all. */
  readonly forms?: BodyForms;
  /** Which sides of a streaming method stream; absent: it is unary. */
  readonly streaming?: GrpcStreaming;
  /** How the gateway itself answers; absent: a service does. */
  readonly own?: OwnMethod;
}

/** What bodies look like in the route's version of the API; null: as the messages' JSON. */
export interface BodyForms {
  readonly request: JsonForm | null;
  readonly response: JsonForm | null;
}

/** Which sides of a streaming method say any number of things. At least one. */
export interface GrpcStreaming {
  /** The client: its messages come while the call runs, the request itself has none. */
  readonly client: boolean;
  readonly server: boolean;
}

/** An HTTP server. A request that asks for an upgrade becomes a tunnel. */
export interface HttpTarget {
  readonly kind: 'http';
  /** The upstream service: a registered one, one of the route file, or the route's own urls under its id. */
  readonly service: string;
  readonly protocol: HttpUpstreamProtocol;
  /** The path that the upstream sees, from the template's variables; null: as it came. */
  readonly rewrite: readonly RewritePart[] | null;
  /** What its requests and responses must be; absent: anything. */
  readonly schemas?: HttpSchemas;
  /** What its operations are called, and do, in the API's description; absent: nothing is known. */
  readonly description?: HttpDescription;
}

/** A piece of a rewritten path: fixed text, or the variable with that index. */
export type RewritePart = string | number;

/** A page of the gateway's own: nothing is forwarded, the pipeline around it is that of any route. */
export interface PageTarget {
  readonly kind: 'page';
  /** Names the page where routes are shown. */
  readonly name: string;
  readonly answer: RouteHandler;
}

/** What is forwarded to an endpoint of a service. */
export type UpstreamTarget = GrpcTarget | HttpTarget;

/** What answers a route's requests. `none` answers with the refusal that brought the request there. */
export type Target = UpstreamTarget | PageTarget | { readonly kind: 'none' };

/** Whether a route is called by the protocols of RPC clients. */
export const isRpc = ({ target }: Route): boolean => target.kind === 'grpc' && target.front === 'rpc';

/** Whether requests go to a service: the gateway answers the others itself. */
export const isForwarded = (target: Target): target is UpstreamTarget =>
  target.kind === 'http' || (target.kind === 'grpc' && target.own === undefined);

/** Which sides of a call stream; undefined: it has one message each way, or isn't a call. */
export const streamingOf = (target: Target): GrpcStreaming | undefined =>
  target.kind === 'grpc' ? target.streaming : undefined;

/** One compiled route. Immutable; everything that doesn't depend on the request is known here. */
export interface Route {
  /** Stable over snapshots and processes: names the route in state, metrics and logs. */
  readonly id: string;
  /** What limits and caches of the route are kept under: the bindings of one method share them. */
  readonly scope: string;
  readonly origin: RouteOrigin;
  /** Who declared it: the file, or the service whose contract it is. */
  readonly declaredBy: string;
  /** The digest of the contract that declares it; absent: none does. */
  readonly contract?: string;
  readonly template: Template;
  /** Upper case; empty: all. */
  readonly methods: readonly string[];
  /** Lower case; empty: all. */
  readonly hosts: readonly string[];
  /** Whether it answers requests to upgrade, whatever its methods: those are all GET. */
  readonly upgrades?: boolean;
  readonly policy: RoutePolicy;
  /** Milliseconds for the whole call; Infinity: none. */
  readonly timeoutMs: number;
  readonly target: Target;
}
