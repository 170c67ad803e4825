import { GatewayError } from '@gateway/errors';
import type { Clock, Timer } from '@gateway/clock';
import type { EdgeResponse, HeaderList } from '@gateway/pipeline';
import type { Duplex, Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { UpstreamRequest } from '../../http-client';
import { failureOf, isStaleConnection } from './failure';
import { flatten, requestHeaders, responseHeaders, type ResponseHeaders } from './headers';
import { ResponseBody } from './response-body';

/** Bodies with a known length up to this are handed over as one buffer. */
const WHOLE_BYTES = 64 * 1_024;
/** Methods that may be sent twice (RFC 9110 §9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** The connection that a call was given. */
export interface AssignedConnection {
  /** Responses that it carried before. */
  served: number;
  /** @param failed the connection may be to blame for how the call ended */
  ended(failed: boolean): void;
}

/** Who places a call on connections. */
export interface CallOwner {
  readonly clock: Clock;
  /** The call occupies nothing any more; told once, unless it is repeated. */
  ended(call: UpstreamCall): void;
  /**
   * Sends the request of a call that has ended once more.
   * @param fresh on a connection of its own
   */
  repeat(call: UpstreamCall, fresh: boolean): void;
}

/** How often a request may be given to another connection because the one that it had was gone. */
const MOVES = 2;

/** One request to an upstream, as undici reports it. */
export class UpstreamCall implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | null = null;
  private connection: AssignedConnection | null = null;
  /** The connection was opened for it. */
  private fresh = false;
  private timer: Timer | null = null;
  private settled = false;
  /** Its request is another call's now. */
  private repeated = false;
  /** The first byte of a response has arrived. */
  private answered = false;
  private status = 0;
  private head: ResponseHeaders | null = null;
  private chunks: Buffer[] = [];
  private body: ResponseBody | null = null;
  private trailers: HeaderList = [];

  /**
   * @param upgrade the protocol to switch to; null for an ordinary request
   * @param moves connections that were gone when it was given to them
   */
  constructor(
    readonly request: UpstreamRequest,
    readonly upgrade: string | null,
    private readonly owner: CallOwner,
    private readonly resolve: (response: EdgeResponse) => void,
    private readonly reject: (error: GatewayError) => void,
    private readonly moves = 0,
  ) {
    request.onCancel?.(() => this.fail(new GatewayError('GW_CLIENT_CLOSED')));
    if (!this.streamsRequest) this.startTimer();
  }

  /** Has been answered or has failed. */
  get over(): boolean {
    return this.settled;
  }

  /** The same request, to be sent once more. */
  again(): UpstreamCall {
    const { request, upgrade, owner, resolve, reject, moves } = this;
    return new UpstreamCall(request, upgrade, owner, resolve, reject, moves + 1);
  }

  /** @param fresh the connection was opened for this call: it can't have been closed for idling */
  assign(connection: AssignedConnection, fresh: boolean): void {
    this.connection = connection;
    this.fresh = fresh;
  }

  /** What undici has to send. */
  options(): Dispatcher.DispatchOptions {
    const { method, target, body, headers } = this.request;
    const options: Dispatcher.DispatchOptions & { servername: string } = {
      path: target,
      method: method as Dispatcher.HttpMethod,
      headers: requestHeaders(headers, this.streamsRequest),
      body,
      upgrade: this.upgrade,
      // Undici would take Host for the server's name and reconnect whenever that changes; the connector knows the name.
      servername: 'upstream',
    };
    return options;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.settled) controller.abort(new Error('the call ended before it was sent'));
  }

  onRequestSent(): void {
    if (this.streamsRequest) this.startTimer();
  }

  onResponseStarted(): void {
    this.answered = true;
  }

  onRequestUpgrade(controller: Dispatcher.DispatchController, status: number, _headers: unknown, socket: Duplex): void {
    // Nobody listens until the tunnel is joined.
    socket.on('error', () => undefined);
    const { headers } = responseHeaders(controller.rawHeaders);
    this.settle({ status, headers, body: null, tunnel: socket });
    this.leave(false);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    // Interim responses are the client's to have from us, not from the upstream.
    if (status < 200) return;
    this.status = status;
    this.head = responseHeaders(controller.rawHeaders);
    if (!this.collects(this.head.length)) this.stream(controller);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.body !== null) this.body.feed(chunk);
    else this.chunks.push(chunk);
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.connection !== null) this.connection.served++;
    if (this.body !== null) {
      this.trailers = flatten(controller.rawTrailers);
      this.body.end();
    } else if (this.head !== null) this.settle({ status: this.status, headers: this.head.headers, body: this.whole() });
    this.leave(false);
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    const { settled } = this;
    if (this.body !== null) this.body.destroy(failureOf(error, true));
    else this.fail(this.clientLeft() ? new GatewayError('GW_CLIENT_CLOSED', { cause: error }) : error);
    // What ended by our own hand says nothing about the connection.
    this.leave(!settled || this.body !== null);
  }

  private get streamsRequest(): boolean {
    return this.request.body !== null && !Buffer.isBuffer(this.request.body);
  }

  /** The request's own body broke, which undici reports as a failed call. */
  private clientLeft(): boolean {
    const { body } = this.request;
    return body !== null && !Buffer.isBuffer(body) && body.errored !== null && !this.answered;
  }

  private collects(length: number): boolean {
    if (this.request.method === 'HEAD' || this.status === 204 || this.status === 304) return true;
    return length >= 0 && length <= WHOLE_BYTES;
  }

  /** Hands the response over before its body is complete. */
  private stream(controller: Dispatcher.DispatchController): void {
    const { headers, trailers } = this.head!;
    this.body = new ResponseBody(controller);
    for (const chunk of this.chunks) this.body.feed(chunk);
    this.settle({
      status: this.status,
      headers,
      body: this.body,
      trailers: trailers ? () => this.trailers : undefined,
    });
  }

  private whole(): Buffer | null {
    const { chunks } = this;
    if (chunks.length === 0) return null;
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  }

  private startTimer(): void {
    const { timeoutMs } = this.request;
    if (timeoutMs <= 0 || this.settled) return;
    this.timer = this.owner.clock.after(timeoutMs, () => this.late());
  }

  /** A head that was in time is an answer: the body goes on as it comes, however slowly. */
  private late(): void {
    if (this.head !== null && !this.settled) this.stream(this.controller!);
    else this.fail(new GatewayError('GW_TIMEOUT'));
  }

  private settle(response: EdgeResponse): void {
    if (this.settled) return;
    this.settled = true;
    this.timer?.cancel();
    this.resolve(response);
  }

  /** Ends it, unless it has ended. */
  fail(error: Error): void {
    // A response that has begun ends with its body: whoever reads that one notices.
    if (this.settled) {
      if (error instanceof GatewayError) this.body?.destroy(error);
      return;
    }
    this.settled = true;
    this.timer?.cancel();
    if (this.mayRepeat(error)) {
      this.repeated = true;
      this.owner.repeat(this, this.controller !== null);
      return;
    }
    this.reject(failureOf(error, this.answered));
    if (this.connection === null) this.owner.ended(this);
    this.controller?.abort(error);
    if (this.streamsRequest) (this.request.body as Readable).destroy();
  }

  /**
   * The connection was lost, which says nothing about the request. Undici had not begun to write it: it may be anything.
   * Or a server closed an idle connection just when it was used again: it may have seen the request.
   */
  private mayRepeat(error: Error): boolean {
    if (this.connection === null || this.answered || this.moves >= MOVES || !isStaleConnection(error)) return false;
    if (this.controller === null) return true;
    return !this.fresh && !this.streamsRequest && IDEMPOTENT.has(this.request.method);
  }

  private leave(failed: boolean): void {
    this.connection?.ended(failed);
    if (!this.repeated) this.owner.ended(this);
  }
}
