import { GatewayError } from '@gateway/errors';
import type { Clock, Timer } from '@gateway/clock';
import type { EdgeResponse, HeaderList } from '@gateway/pipeline';
import type { Duplex, Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { UpstreamRequest } from '../../http-client';
import { failureOf, isStaleConnection } from './failure';
import { flatten, responseHeaders, type ResponseHeaders } from './headers';
import { ResponseBody } from './response-body';

/** Bodies with a known length up to this are handed over as one buffer. */
const WHOLE_BYTES = 64 * 1_024;
/** Methods that may be sent twice (RFC 9110 §9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** The connection that a call was given. */
export interface AssignedConnection {
  /** Responses that it carried before. */
  served: number;
}

/** How a call ends. One of the two is called, once. */
export interface CallOutcome {
  resolve(response: EdgeResponse): void;
  /** @param stale the connection was closed before the upstream can have seen the request: it may be sent once more */
  reject(error: GatewayError, stale: boolean): void;
}

/** One request to an upstream, as undici reports it. */
export class UpstreamCall implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | null = null;
  private connection: AssignedConnection | null = null;
  private timer: Timer | null = null;
  private settled = false;
  /** The first byte of a response has arrived. */
  private answered = false;
  private status = 0;
  private head: ResponseHeaders | null = null;
  private chunks: Buffer[] = [];
  private body: ResponseBody | null = null;
  private trailers: HeaderList = [];

  constructor(
    private readonly request: UpstreamRequest,
    private readonly clock: Clock,
    private readonly outcome: CallOutcome,
  ) {
    request.onCancel?.(() => this.fail(new GatewayError('GW_CLIENT_CLOSED')));
    if (!this.streamsRequest) this.startTimer();
  }

  /** Ended before it was sent. */
  get over(): boolean {
    return this.settled;
  }

  assign(connection: AssignedConnection): void {
    this.connection = connection;
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
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    // Interim responses are the client's to have from us, not from the upstream.
    if (status < 200) return;
    this.timer?.cancel();
    this.status = status;
    this.head = responseHeaders(controller.rawHeaders);
    if (this.collects(this.head.length)) return;
    this.body = new ResponseBody(controller);
    const trailers = this.head.trailers ? () => this.trailers : undefined;
    this.settle({ status, headers: this.head.headers, body: this.body, trailers });
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
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.body !== null) this.body.destroy(failureOf(error, true));
    else this.fail(this.clientLeft() ? new GatewayError('GW_CLIENT_CLOSED', { cause: error }) : error);
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

  private whole(): Buffer | null {
    const { chunks } = this;
    if (chunks.length === 0) return null;
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  }

  private startTimer(): void {
    const { timeoutMs } = this.request;
    if (timeoutMs <= 0 || this.settled) return;
    this.timer = this.clock.after(timeoutMs, () => this.fail(new GatewayError('GW_TIMEOUT')));
  }

  private settle(response: EdgeResponse): void {
    if (this.settled) return;
    this.settled = true;
    this.timer?.cancel();
    this.outcome.resolve(response);
  }

  private fail(error: Error): void {
    // A response that has begun ends with its body: whoever reads that one notices.
    if (this.settled) {
      if (error instanceof GatewayError) this.body?.destroy(error);
      return;
    }
    this.settled = true;
    this.timer?.cancel();
    this.outcome.reject(failureOf(error, this.answered), this.mayRepeat(error));
    this.controller?.abort(error);
    if (this.streamsRequest) (this.request.body as Readable).destroy();
  }

  /** A server closes an idle connection just when we use it again: nothing was wrong with the request. */
  private mayRepeat(error: Error): boolean {
    const reused = this.connection !== null && this.connection.served > 0;
    return (
      reused &&
      !this.answered &&
      !this.streamsRequest &&
      IDEMPOTENT.has(this.request.method) &&
      isStaleConnection(error)
    );
  }
}
