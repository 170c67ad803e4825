import type { Message } from '@bufbuild/protobuf';
import type { GatewayError } from '@gateway/errors';
import type { GrpcStream } from '@gateway/grpc-pool';
import type { Principal } from '@gateway/identity';
import type { Body, EdgeRequest } from '@gateway/pipeline';
import type { Decision, LimitCheck } from '@gateway/rate-limit';
import type { RpcFormat } from '@gateway/rpc-protocols';
import type { TraceContext } from '@gateway/telemetry';
import type { Endpoint } from '../upstreams/endpoint';
import type { Cancellation } from './cancellation';
import type { LiveRoute } from './live-route';
import type { NegotiatedVersion } from './negotiate-version';

/** Tells for how long it is worth to wait. */
export interface Monotonic {
  /** Milliseconds since an arbitrary point, never going back. */
  monotonic(): number;
}

const NOWHERE: readonly Endpoint[] = [];

/** What the stages of one request know of it. Each field is written by one stage and read by those below it. */
export class RequestContext {
  /** sanitizeHeaders: the fields that may be believed, hop-by-hop ones gone. */
  headers: string[];
  /** sanitizeHeaders: the client's address, seen through trusted proxies. */
  clientAddress: string;
  /** sanitizeHeaders: whether the client speaks TLS, to us or to a trusted proxy. */
  secure: boolean;
  /** sanitizeHeaders: the host that the client asked for, with its port when it had one. */
  authority: string;
  requestId = '';

  /** canonicalPath. */
  path = '';
  /** canonicalPath: without `?`. */
  query = '';

  /** match: the route and its handler; null: nothing matched. */
  live: LiveRoute | null = null;
  /** match: raw text of the template's variables. */
  captures: readonly string[] = [];
  /** match: the version that was chosen for a path without one; null: the path names it, or there is none. */
  negotiated: NegotiatedVersion | null = null;
  /** match: the method that the CORS preflight of a route asks for; null: it isn't one. */
  preflight: string | null = null;
  /** Why the request went to the synthetic route. */
  refusal: GatewayError | null = null;

  /** observe: our own position in the trace. */
  trace: TraceContext | null = null;
  /** How the client speaks when it speaks RPC; null: it doesn't; undefined: nobody has looked. See `rpcFormat`. */
  rpc: RpcFormat | null | undefined = undefined;
  /** rescue: what was answered instead, for the log. */
  error: GatewayError | null = null;
  /** deadline: monotonic milliseconds; Infinity: none. */
  deadlineAt = Number.POSITIVE_INFINITY;
  /** limitBy…: every check made for this request, and its outcome at the same index. */
  readonly limitChecks: LimitCheck[] = [];
  readonly limitDecisions: Decision[] = [];
  /** authenticate; null: anonymous. */
  principal: Principal | null = null;
  /** authorize or decode: the request message of a gRPC route. */
  message: Message | null = null;
  /** forward: the response message of a gRPC route; of a stream the latest. */
  responseMessage: Message | null = null;
  /** emit: what is done when a stream has ended with OK, before its end is passed on; null: nothing. */
  atStreamEnd: (() => Promise<void>) | null = null;
  /** record: has a stream heard that an attempt begins; null: nobody listens. */
  listenTo: ((attempt: RequestContext, stream: GrpcStream) => GrpcStream) | null = null;
  /** cacheLookup: values of Cache-Status and Age. */
  cacheStatus: string | null = null;
  age: string | null = null;
  /** retry: endpoints that this request failed at, or is at with another attempt; one of them only when there is no other. */
  avoid: readonly Endpoint[] = NOWHERE;
  /** pickEndpoint: where the attempt goes. */
  endpoint: Endpoint | null = null;
  /** Whether somebody has taken the body to read it. */
  bodyTaken = false;
  /** validateHttp: the body for those behind it, once it has read the request's own; undefined: that one. */
  private seenBody: Body | undefined = undefined;
  /** retry: what ends this attempt alone; null: it ends with the request. */
  private cancellation: Cancellation | null = null;

  /** @param startedAt when the request's head had arrived, monotonic milliseconds */
  constructor(
    readonly request: EdgeRequest,
    readonly startedAt: number,
  ) {
    this.headers = request.headers;
    this.clientAddress = request.remoteAddress;
    this.secure = request.scheme === 'https';
    this.authority = request.authority;
  }

  /**
   * Milliseconds until the deadline, at least 1 so that "none" and "passed" can't be confused.
   * @param atMost what isn't waited for longer, deadline or none
   */
  remainingMs(clock: Monotonic, atMost = Number.POSITIVE_INFINITY): number {
    return Math.max(1, Math.min(atMost, this.deadlineAt - clock.monotonic()));
  }

  /** Calls back when nobody wants the answer any more: the client left, or another attempt was quicker. */
  onCancel(listener: () => void): void {
    (this.cancellation ?? this.request).onCancel(listener);
  }

  /**
   * The context of one of several attempts that run at a time: it knows what this one knows, and keeps what it finds out
   * (endpoint, response message) to itself until it is adopted.
   * @param cancellation what ends that attempt
   */
  fork(cancellation: Cancellation): RequestContext {
    const fork = Object.assign(new RequestContext(this.request, this.startedAt), this);
    fork.cancellation = cancellation;
    return fork;
  }

  /** Takes over what the attempt that counts has found. */
  adopt({ endpoint, responseMessage }: RequestContext): void {
    this.endpoint = endpoint;
    this.responseMessage = responseMessage;
  }

  /** The request's body. */
  get body(): Body {
    return this.seenBody === undefined ? this.request.body : this.seenBody;
  }

  /** The request's body, which only one reader can have. */
  takeBody(): Body {
    this.bodyTaken = true;
    return this.body;
  }

  /** Leaves the same bytes for the next reader, after somebody had to read them. */
  leaveBody(body: Body): void {
    this.bodyTaken = false;
    this.seenBody = body;
  }

  /** A request to switch protocols: a tunnel, which has no end of its own. */
  get isTunnel(): boolean {
    return this.request.upgrade !== '';
  }
}
