import { constants, type ServerHttp2Stream } from 'node:http2';
import { getHeader, type Body, type EdgeResponse } from '@gateway/pipeline';
import { discard, finish } from '../discard';
import { declaredLength, framedHeaders, hasBody } from '../http1/response-head';
import { NodeRequest, type RequestHead } from '../node-request';
import { pump } from '../pump';
import { RequestBody, collectBody } from '../request-body';
import type { Traffic } from '../traffic';
import type { Http2Connection } from './connection';
import { readHttp2Head } from './read-head';

/** A field name of HTTP/2: a token without capitals (RFC 9113 §8.2.1). */
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const NOT_A_VALUE = /[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]/;

/** One HTTP/2 stream: a request and its response. */
export class Http2Exchange {
  private request: NodeRequest | null = null;
  private response: EdgeResponse | null = null;
  private method = '';
  private bytes = 0;
  private closed = false;
  /** `Clock.monotonic` of its beginning. */
  readonly since: number;

  constructor(
    private readonly traffic: Traffic,
    private readonly connection: Http2Connection,
    private readonly stream: ServerHttp2Stream,
  ) {
    this.since = traffic.clock.monotonic();
  }

  /**
   * @param raw the header fields as they came
   * @param endStream whether the head is all there is
   */
  begin(raw: string[], endStream: boolean): void {
    const { traffic, stream } = this;
    traffic.requests++;
    this.connection.opened(this);
    stream.on('error', () => undefined);
    stream.on('close', () => this.close());
    // A stream that still has unread bytes closes only once they are read.
    stream.on('aborted', () => stream.destroy());
    stream.setTimeout(traffic.limits.streamIdleMs, () => stream.close(constants.NGHTTP2_CANCEL));
    let head: RequestHead;
    try {
      head = readHttp2Head(raw, traffic.limits, this.connection.remoteAddress, endStream);
    } catch (error) {
      this.respond(traffic.refuse(error, this.connection.remoteAddress));
      return;
    }
    this.method = head.method;
    this.readBody(head);
  }

  /** Whether the client still owes a part of its request. */
  get receiving(): boolean {
    return !this.stream.readableEnded && !this.stream.endAfterHeaders;
  }

  /** Whether nothing has been answered yet. */
  get unanswered(): boolean {
    return this.response === null;
  }

  /** Answers in place of the handler a request that doesn't come to its end. */
  refuse(error: unknown): void {
    this.request?.cancel();
    this.respond(this.traffic.refuse(error, this.connection.remoteAddress));
  }

  private readBody(head: RequestHead): void {
    const { length } = head;
    const expectsContinue = length !== 0 && getHeader(head.headers, 'expect')?.toLowerCase() === '100-continue';
    if (length === 0) this.handle(head, null);
    else if (length > 0 && this.traffic.mayCollect(length)) {
      if (expectsContinue) this.sendContinue();
      collectBody(this.stream, length, (body) => {
        this.traffic.collected(length);
        if (body !== null && this.response === null) this.handle(head, body);
      });
    } else this.handle(head, this.streamedBody(expectsContinue));
  }

  private streamedBody(expectsContinue: boolean): RequestBody {
    const { stream } = this;
    const broken = (): boolean => stream.aborted || stream.rstCode !== constants.NGHTTP2_NO_ERROR;
    return new RequestBody(stream, broken, expectsContinue ? () => this.sendContinue() : null);
  }

  private sendContinue(): void {
    const { stream } = this;
    if (!stream.headersSent && !stream.closed && !stream.destroyed) stream.additionalHeaders({ ':status': 100 });
  }

  private handle(head: RequestHead, body: Body): void {
    this.request = new NodeRequest(head, body);
    this.traffic.answer(this.request, (response) => this.respond(response));
  }

  private respond(response: EdgeResponse): void {
    const { stream } = this;
    if (this.closed || this.response !== null || stream.closed || stream.destroyed) {
      discard(response);
      return;
    }
    this.response = response;
    try {
      this.write(response);
    } catch (error) {
      this.replace(response, error);
    }
  }

  /** A response that can't be written, such as one with a line break in a header, is answered as our own failure. */
  private replace(response: EdgeResponse, error: unknown): void {
    discard(response);
    this.response = this.traffic.handlerFailed(error);
    if (this.stream.headersSent) this.stream.destroy(new Error('The response could not be written'));
    else this.write(this.response);
  }

  private write(response: EdgeResponse): void {
    const { stream } = this;
    const { body, status } = response;
    const head = framedHeaders(response, declaredLength(this.method, response));
    checkFields(head);
    if (this.traffic.draining) this.connection.announceEnd();
    head.unshift(':status', String(status));
    if (body === null || !hasBody(this.method, status)) {
      if (body !== null && !Buffer.isBuffer(body)) body.destroy();
      stream.respond(head as never, { endStream: true });
      this.finishRequest();
    } else if (Buffer.isBuffer(body)) {
      this.respondWithTrailers(head, response);
      this.bytes = body.length;
      stream.end(body);
      this.finishRequest();
    } else this.pump(head, response);
  }

  private pump(head: string[], response: EdgeResponse): void {
    const { stream } = this;
    this.respondWithTrailers(head, response);
    pump(response.body as RequestBody, stream, {
      onChunk: (bytes) => void (this.bytes += bytes),
      onEnd: () => {
        stream.end();
        this.finishRequest();
      },
      // `close` would end the body properly first.
      onBroken: () => stream.destroy(new Error('The body broke off')),
    });
  }

  /** Sends the head, and has the trailers sent behind the body, if there are any. */
  private respondWithTrailers(head: string[], { trailers }: EdgeResponse): void {
    const { stream } = this;
    stream.respond(head as never, { waitForTrailers: trailers !== undefined });
    if (trailers !== undefined) stream.once('wantTrailers', () => stream.sendTrailers(named(trailers())));
  }

  /** The answer is complete; a client that is still sending is told to stop, and that nothing is wrong (RFC 9113 §8.1). */
  private finishRequest(): void {
    const { stream } = this;
    if (!this.receiving) return;
    // Not at once: nghttp2 would let the reset overtake a head that is still to be written, and drop that.
    stream.once('finish', () => setImmediate(() => this.stopRequest()));
  }

  private stopRequest(): void {
    const { stream } = this;
    if (!this.receiving || stream.destroyed) return;
    stream.resume();
    stream.close(constants.NGHTTP2_NO_ERROR);
  }

  private close(): void {
    if (this.closed) return;
    this.closed = true;
    this.traffic.requests--;
    this.connection.closed(this);
    const complete = this.stream.writableFinished && this.stream.rstCode === constants.NGHTTP2_NO_ERROR;
    if (!complete) this.request?.cancel();
    if (this.response !== null) finish(this.response, this.bytes, complete);
  }
}

/** Node checks the fields of HTTP/1 only; an HTTP/2 client would drop the response, or the field. */
function checkFields(head: string[]): void {
  for (let i = 0; i < head.length; i += 2) {
    if (!NAME.test(head[i]!) || NOT_A_VALUE.test(head[i + 1]!))
      throw new TypeError(`"${head[i]}" is not a header field`);
  }
}

function named(list: string[]): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (let i = 0; i < list.length; i += 2) (headers[list[i]!] ??= []).push(list[i + 1]!);
  return headers;
}
